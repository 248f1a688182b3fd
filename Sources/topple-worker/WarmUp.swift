import Processes
import ZeroMQ

/// Sends a message through a context that is gone afterwards, so that forked workers inherit libzmq with its
/// symbols bound and its lazily made tables in place.
///
/// - Parameter directory: where the message's socket may be made.
func warmUpZeroMQ(in directory: String) {
    do {
        let context = try Context()
        try exchange(over: "ipc://\(directory)/warm-up", in: context)
        context.terminate()
    } catch {
        // A worker that meets the same trouble reports it where it can be read.
        writeError("topple-worker: warm-up: \(error)")
    }
}

private func exchange(over endpoint: String, in context: Context) throws(ZMQError) {
    var router = try Socket(.router, in: context)
    try router.bind(endpoint)
    var dealer = try Socket(.dealer, in: context)
    try dealer.connect(endpoint)
    try dealer.send([1, 2, 3], .blocking)
    var message = Message()
    _ = try router.receive(into: &message, .blocking)
}
