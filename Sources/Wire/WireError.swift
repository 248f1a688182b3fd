package import Kernel

/// Bytes that are no message, or a message that says something impossible.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    package init(_ error: ByteError, reading message: String) {
        description = "cannot read a \(message): \(error)"
    }
}
