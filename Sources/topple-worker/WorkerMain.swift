import Coordination
import Glibc
import Processes
import Wire
import ZeroMQ

/// The version that `--version` prints.
let workerVersion = ProtocolVersion.release

/// The life of one worker process: connects to the coordinator and serves it until told to stop.
///
/// - Returns: The exit status of the process.
func workerMain(_ assignment: WorkerAssignment) -> Int32 {
    do {
        try serve(assignment)
        return 0
    } catch let error as ZMQError {
        writeError("worker \(assignment.index): \(error)")
    } catch {
        writeError("worker \(assignment.index): \(error)")
    }
    return 1
}

private func serve(_ assignment: WorkerAssignment) throws {
    keepFreedMemory()
    let context = try Context()
    var options = SocketOptions()
    options.routingID = Array("\(assignment.index).\(assignment.incarnation)".utf8)
    options.linger = .seconds(5)
    var socket = try Socket(.dealer, options: options, in: context)
    try socket.connect(assignment.endpoint)
    let hello = WorkerSession.hello(
        worker: assignment.index, processID: UInt32(bitPattern: getpid()))
    try socket.send(hello, .blocking)

    let clock = ContinuousClock()
    var session = WorkerSession()
    var message = Message()
    while !session.isFinished {
        guard try socket.receive(into: &message, .blocking) else { continue }
        let begin = clock.now
        do throws(WireError) {
            var answer = try message.withBytes { (bytes) throws(WireError) in
                try session.receive(bytes)
            }
            ReplyHeader.setComputeTime(
                UInt64((clock.now - begin) / .nanoseconds(1)), in: &answer)
            try? socket.send(answer, .blocking)
        } catch {
            try? socket.send(WorkerSession.failure(error.description), .blocking)
            throw error
        }
    }
}
