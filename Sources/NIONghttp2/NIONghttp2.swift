// NIONghttp2
