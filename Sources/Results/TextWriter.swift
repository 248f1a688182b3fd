import Glibc

/// Writes a file piece by piece.
package final class TextWriter {
    private let path: String
    private var descriptor: Int32

    init(path: String) throws(ResultError) {
        self.path = path
        descriptor = try FileAccess.create(path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func append(_ text: String) throws(ResultError) {
        let descriptor = descriptor
        let path = path
        var failure: ResultError?
        var text = text
        text.withUTF8 { bytes in
            do throws(ResultError) {
                try FileAccess.write(bytes, to: descriptor, path: path)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Waits for the disk, and closes the file.
    package func finish() throws(ResultError) {
        defer { descriptor = -1 }
        try FileAccess.finish(descriptor, path: path)
    }
}
