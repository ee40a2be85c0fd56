import DossierCrypto
import MerkleLog
import Testing

@testable import DossierSync

@Suite("How far a follower has come")
struct PositionTests {
    @Test("begins with nothing, and complete")
    func begins() {
        let position = SyncPosition(edge: TreeEdge(), seen: nil)
        #expect(position.size == 0)
        #expect(position.isComplete)
        #expect(position.promises.isEmpty)
    }
}
