package import Kernel
import Model
package import Wire

/// A worker from its hello to its report, whatever kind of process it runs.
///
/// The driver sends ``hello(worker:processID:)``, then answers each message with what
/// ``receive(_:)`` returns, until ``isFinished``.
package struct WorkerSession: ~Copyable, Sendable {
    private enum State: ~Copyable, Sendable {
        case greeting
        case services(WorkerMachine<ServiceProcess>)
        case phold(WorkerMachine<PholdProcess>)
        case finished
    }

    private var state = State.greeting
    package private(set) var isFinished = false

    package init() {}

    /// The first message.
    package static func hello(worker: Int, processID: UInt32) -> [UInt8] {
        Hello(worker: worker, processID: processID).encoded()
    }

    /// The message that says why the worker gives up.
    package static func failure(_ text: String) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.failure.rawValue)
        writer.write(text)
        return writer.bytes
    }

    /// Takes a message from the coordinator and returns the answer.
    ///
    /// - Throws: ``WireError``, after which the session is over.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [UInt8] {
        let isFinish = bytes.first == MessageType.finish.rawValue
        var present = State.finished
        swap(&present, &state)
        switch consume present {
        case .greeting:
            return try begin(bytes)
        case .services(var machine):
            let answer = try machine.receive(bytes)
            if isFinish {
                isFinished = true
            } else {
                state = .services(machine)
            }
            return answer
        case .phold(var machine):
            let answer = try machine.receive(bytes)
            if isFinish {
                isFinished = true
            } else {
                state = .phold(machine)
            }
            return answer
        case .finished:
            throw WireError("a message after the end")
        }
    }

    private mutating func begin(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [UInt8] {
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            switch MessageType(rawValue: try reader.read()) {
            case .welcome:
                let welcome = try Welcome(from: &reader)
                try reader.finish()
                switch welcome.kind {
                case .service:
                    let machine = try WorkerMachine<ServiceProcess>(welcome)
                    let answer = machine.ready()
                    state = .services(machine)
                    return answer
                case .phold:
                    let machine = try WorkerMachine<PholdProcess>(welcome)
                    let answer = machine.ready()
                    state = .phold(machine)
                    return answer
                }
            default:
                throw ByteError(.invalid("welcome"), offset: 0)
            }
        } catch {
            throw WireError(error, reading: "welcome")
        }
    }
}

extension WorkerMachine where Process: WorkerProcess {
    package init(_ welcome: Welcome) throws(ByteError) {
        var programs: [Process.Program] = []
        for configuration in welcome.configurations {
            programs.append(
                try ByteReader.read(configuration) {
                    (reader) throws(ByteError) -> Process.Program in
                    let program = try Process.makeProgram(
                        from: &reader, checkpointInterval: welcome.sampleInterval)
                    try reader.finish()
                    return program
                })
        }
        let peers = programs.map { Process.peerCount(of: $0) }
        guard peers == welcome.routing.routes.map(\.count) else {
            throw ByteError(.invalid("routing"), offset: 0)
        }
        self.init(
            programs: programs, seriesCounts: programs.map { Process.seriesCount(of: $0) },
            routing: welcome.routing, receivers: welcome.receivers, end: welcome.end,
            recordsEvents: welcome.recordsEvents,
            sampling: Ledger.Sampling(
                interval: welcome.sampleInterval,
                factor: Int(
                    welcome.checkpointInterval.nanoseconds / welcome.sampleInterval.nanoseconds),
                isStreamed: welcome.streamsSamples),
            traces: welcome.traces)
    }
}
