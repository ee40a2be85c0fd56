import DossierTestSupport
import Glibc
import Synchronization

@testable import DossierStore

/// A file system in memory that knows what a power cut would leave: what was synchronised, and of
/// the rest any sectors. One call can be made to fail, in any of the ways a disk fails.
final class MemoryFileSystem: FileSystem {
    /// How a call fails.
    enum Fault: Hashable, CaseIterable {
        /// It reports EIO and has done nothing.
        case inputOutput
        /// It reports ENOSPC and has done nothing.
        case noSpace
        /// A write has done half of its work before it reports ENOSPC.
        case shortWrite
        /// The process dies before the call.
        case kill
        /// The process dies in the middle of a write, or after any other call.
        case killMidway
    }

    /// What is left of the machine after a crash.
    enum Crash: Hashable {
        /// The process is gone, the system goes on.
        case kill
        /// The system is gone with all that was not synchronised.
        case powerCut
        /// Some sectors had been written by chance.
        case tornPowerCut(seed: UInt64)
    }

    fileprivate enum Change {
        case write([UInt8], offset: Int)
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .write(let new, let offset):
                if bytes.count < offset + new.count {
                    bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
                }
                bytes.replaceSubrange(offset..<offset + new.count, with: new)
            case .truncate(let size):
                if bytes.count > size {
                    bytes.removeLast(bytes.count - size)
                } else {
                    bytes += [UInt8](repeating: 0, count: size - bytes.count)
                }
            }
        }
    }

    fileprivate struct Node {
        var cached: [UInt8] = []
        var durable: [UInt8] = []
        var unwritten: [Change] = []
    }

    fileprivate struct State {
        var nodes: [Node] = []
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var locked: Set<Int> = []
        var calls = 0
        var fault: (call: Int, kind: Fault)?
        var isDead = false
    }

    fileprivate let state: Mutex<State>

    /// An empty file system.
    init() { self.state = Mutex(State()) }

    private init(_ state: sending State) { self.state = Mutex(state) }

    /// How many calls that change something were made.
    var calls: Int { self.state.withLock { $0.calls } }

    /// Whether the process died by a fault.
    var isDead: Bool { self.state.withLock { $0.isDead } }

    /// Makes the call fail that changes something after so many others from now on.
    func fail(after calls: Int, _ kind: Fault) {
        self.state.withLock { $0.fault = ($0.calls + calls, kind) }
    }

    /// What the next process finds.
    func restarted(after crash: Crash) -> MemoryFileSystem {
        self.state.withLock { state in
            var next = State()
            switch crash {
            case .kill:
                next.nodes = state.nodes
                next.names = state.names
                next.durableNames = state.durableNames
            case .powerCut, .tornPowerCut:
                next.nodes = state.nodes.map { Self.afterPowerCut($0, crash) }
                next.names = state.durableNames
                next.durableNames = state.durableNames
            }
            return MemoryFileSystem(next)
        }
    }

    /// Changes a file's bytes behind everybody's back.
    func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
        self.state.withLock { state in
            guard let index = state.names[path] else { return }
            body(&state.nodes[index].cached)
            state.nodes[index].durable = state.nodes[index].cached
        }
    }

    /// A file's bytes.
    func bytes(of path: String) -> [UInt8] {
        self.state.withLock { state in state.names[path].map { state.nodes[$0].cached } ?? [] }
    }

    /// The paths of all files.
    var paths: [String] { self.state.withLock { $0.names.keys.sorted() } }

    private static func afterPowerCut(_ node: Node, _ crash: Crash) -> Node {
        var bytes = node.durable
        if case .tornPowerCut(let seed) = crash {
            var random = SeededGenerator(seed: seed)
            for change in node.unwritten { Self.tear(change, &bytes, &random) }
        }
        return Node(cached: bytes, durable: bytes)
    }

    private static func tear(
        _ change: Change, _ bytes: inout [UInt8], _ random: inout SeededGenerator
    ) {
        guard case .write(let new, let offset) = change else {
            if Bool.random(using: &random) { change.apply(to: &bytes) }
            return
        }
        let sector = 512
        var start = 0
        while start < new.count {
            let end = min(new.count, ((offset + start) / sector + 1) * sector - offset)
            if Bool.random(using: &random) {
                Change.write(Array(new[start..<end]), offset: offset + start).apply(to: &bytes)
            }
            start = end
        }
    }

    // MARK: - FileSystem

    func createDirectory(_ path: String) throws(FileError) { try self.change(path) { _ in } }

    func entries(of directory: String) throws(FileError) -> [String] {
        self.state.withLock { state in
            state.names.keys.filter { $0.hasPrefix(directory + "/") }
                .map { String($0.dropFirst(directory.count + 1)) }
                .filter { !$0.contains("/") }
        }
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        if let index = self.state.withLock({ $0.names[path] }) {
            return MemoryFile(index: index, path: path, system: self)
        }
        guard mode == .create else { throw FileError(call: "open", path: path, number: ENOENT) }
        try self.change(path) { state in
            state.nodes.append(Node())
            state.names[path] = state.nodes.count - 1
        }
        return try self.open(path, .update)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        try self.change(path) { state in
            state.names[newPath] = state.names[path]
            state.names[path] = nil
        }
    }

    func remove(_ path: String) throws(FileError) {
        try self.change(path) { $0.names[path] = nil }
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        try self.change(path) { state in
            let isInside = { (name: String) in
                name.hasPrefix(path + "/") && !name.dropFirst(path.count + 1).contains("/")
            }
            state.durableNames = state.durableNames.filter { !isInside($0.key) }
            for (name, index) in state.names where isInside(name) {
                state.durableNames[name] = index
            }
        }
    }

    /// Makes a change, unless this is the call that is to fail.
    fileprivate func change(
        _ path: String, halfway: ((inout State) -> Void)? = nil,
        onFailure: ((inout State) -> Void)? = nil, _ body: @escaping (inout State) -> Void
    ) throws(FileError) {
        let number: CInt? = self.state.withLock { state in
            if state.isDead { return EIO }
            defer { state.calls += 1 }
            guard let fault = state.fault, fault.call == state.calls else {
                body(&state)
                return nil
            }
            switch fault.kind {
            case .inputOutput:
                onFailure?(&state)
                return EIO
            case .noSpace:
                onFailure?(&state)
                return ENOSPC
            case .shortWrite:
                halfway?(&state)
                onFailure?(&state)
                return ENOSPC
            case .kill: state.isDead = true
            case .killMidway:
                (halfway ?? body)(&state)
                state.isDead = true
            }
            return EIO
        }
        if let number { throw FileError(call: "call", path: path, number: number) }
    }
}

/// A file of a `MemoryFileSystem`.
final class MemoryFile: File {
    private let index: Int
    private let path: String
    private let system: MemoryFileSystem

    fileprivate init(index: Int, path: String, system: MemoryFileSystem) {
        self.index = index
        self.path = path
        self.system = system
    }

    func size() throws(FileError) -> Int {
        self.system.state.withLock { $0.nodes[self.index].cached.count }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let bytes = self.system.state.withLock { state in
            Array(state.nodes[self.index].cached.dropFirst(offset).prefix(buffer.count))
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func readWithoutWaiting(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        (try? self.read(into: buffer, at: offset)) == buffer.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        let bytes = [UInt8](bytes)
        let half = Array(bytes.prefix(bytes.count / 2))
        try self.system.change(
            self.path, halfway: { self.note(.write(half, offset: offset), &$0) }
        ) {
            self.note(.write(bytes, offset: offset), &$0)
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try self.system.change(self.path) { self.note(.truncate(size), &$0) }
    }

    func synchronize() throws(FileError) {
        // A failed synchronisation leaves pages that look written and never will be.
        try self.system.change(
            self.path, onFailure: { $0.nodes[self.index].unwritten = [] }
        ) { state in
            for change in state.nodes[self.index].unwritten {
                change.apply(to: &state.nodes[self.index].durable)
            }
            state.nodes[self.index].unwritten = []
        }
    }

    func lock() throws(FileError) -> Bool {
        self.system.state.withLock { $0.locked.insert(self.index).inserted }
    }

    private func note(_ change: MemoryFileSystem.Change, _ state: inout MemoryFileSystem.State) {
        change.apply(to: &state.nodes[self.index].cached)
        state.nodes[self.index].unwritten.append(change)
    }
}
