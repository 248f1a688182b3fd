import CZeroMQ
import Glibc

/// One frame in libzmq's own memory, reused from receive to receive.
package struct Message: ~Copyable {
    /// Kept at a fixed address, as libzmq asks.
    let handle: UnsafeMutablePointer<zmq_msg_t>

    /// Makes an empty message.
    package init() {
        handle = .allocate(capacity: 1)
        zmq_msg_init(handle)
    }

    deinit {
        zmq_msg_close(handle)
        handle.deallocate()
    }

    /// The number of bytes.
    package var count: Int { zmq_msg_size(handle) }

    /// True when the frame just received is followed by another of the same message.
    package var hasMore: Bool { zmq_msg_more(handle) != 0 }

    /// Lends the bytes, without a copy, for the length of `body`.
    ///
    /// The memory belongs to the message: it is overwritten by the next receive and gone after a send.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: zmq_msg_data(handle), count: count))
    }

    /// A copy of the bytes.
    package func bytes() -> [UInt8] { withBytes { Array($0) } }
}
