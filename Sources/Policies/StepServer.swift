import Execution
import Foundation
package import Processes
import Snapshots
package import ZeroMQ

/// A socket at which a ``StepEnvironment`` is driven. One thread owns it.
///
/// A ROUTER: clients are REQ or DEALER sockets, each request is one message and gets one reply. All clients drive
/// the same run.
package final class StepServer {
    private var socket: Socket
    /// Where it listens, with the port that a wildcard became.
    package let endpoint: String

    /// - Throws: ``ZMQError`` when `endpoint` is none, or is in use.
    package init(endpoint: String) throws(ZMQError) {
        var options = SocketOptions()
        options.maxMessageSize = PolicyProtocol.largestMessage
        // The reply to `close` is on its way when the socket goes.
        options.linger = .seconds(1)
        socket = try Socket(.router, options: options, in: try Context())
        try socket.bind(endpoint)
        self.endpoint = try socket.lastEndpoint()
    }

    /// Serves requests until one of them is `close`.
    ///
    /// - Throws: ``RunFailure`` after a signal, ``ZMQError`` when the socket fails.
    package func serve(_ environment: inout StepEnvironment, signals: SignalLatch) throws {
        func checkSignals() throws {
            if let request = signals.take().first { throw RunFailure.interrupted(request) }
        }
        var polls = PollSet()
        _ = polls.add(socket)
        _ = polls.add(descriptor: signals.descriptor)
        while !environment.isClosed {
            _ = try polls.wait(timeout: nil)
            try checkSignals()
            while !environment.isClosed, let frames = try receive() {
                let request = Data(frames[frames.count - 1])
                let reply = try environment.reply(to: request, pause: checkSignals)
                try send(Array(JSONText.line(reply).utf8), envelope: frames.dropLast())
            }
        }
    }

    /// The frames of the next message, `nil` if there is none.
    private func receive() throws(ZMQError) -> [[UInt8]]? {
        var frame = Message()
        guard try socket.receive(into: &frame) else { return nil }
        var frames = [frame.bytes()]
        while frame.hasMore, try socket.receive(into: &frame) { frames.append(frame.bytes()) }
        return frames
    }

    /// A client that has gone needs no reply.
    private func send(_ reply: [UInt8], envelope: ArraySlice<[UInt8]>) throws(ZMQError) {
        do throws(ZMQError) {
            for frame in envelope { try socket.send(frame, more: true) }
            try socket.send(reply)
        } catch {
            if !error.isUnreachable { throw error }
        }
    }
}
