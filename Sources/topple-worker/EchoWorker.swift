import Glibc
import Processes
import ZeroMQ

/// Says hello and sends back what it receives: a worker without a model, to try connections and processes.
///
/// An empty message ends it, and "exit N" ends it with status N.
func echoMain(_ assignment: WorkerAssignment) -> Int32 {
    do {
        return try echo(assignment)
    } catch {
        writeError("worker \(assignment.index): \(error)")
        return 1
    }
}

private func echo(_ assignment: WorkerAssignment) throws(ZMQError) -> Int32 {
    let name = "\(assignment.index).\(assignment.incarnation)"
    let context = try Context()
    var options = SocketOptions()
    options.routingID = Array(name.utf8)
    options.linger = .seconds(1)
    var socket = try Socket(.dealer, options: options, in: context)
    try socket.connect(assignment.endpoint)
    // Logged first, so that whoever has the hello also finds the line.
    writeError("worker \(name): says hello to \(assignment.endpoint)")
    try socket.send(Array("hello \(name) \(getpid())".utf8), .blocking)

    var message = Message()
    while true {
        guard try socket.receive(into: &message, .blocking) else { continue }
        if let status = message.withBytes(exitStatus) {
            writeError("worker \(name): told to end with status \(status)")
            return status
        }
        let more = message.hasMore
        try socket.send(forwarding: &message, more: more, .blocking)
    }
}

/// The status that a message asks to end with; nil when it does not.
private func exitStatus(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    if bytes.isEmpty { return 0 }
    let prefix = "exit "
    guard bytes.count < 10, bytes.starts(with: prefix.utf8) else { return nil }
    return Int32(String(decoding: bytes.dropFirst(prefix.utf8.count), as: UTF8.self))
}
