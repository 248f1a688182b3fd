import Coordination
import Kernel
import Model
import Testing
import Wire

/// Messages that are well formed but come when they must not.
struct ProtocolOrderTests {
    private let plan: RunPlan
    private let settings = RunSettings(seed: 1, duration: .seconds(1))

    init() {
        let model = ReferenceModels.tree(
            name: "pair", depth: 2, fanOut: 1, cores: 1, threads: 1, rate: 50)
        plan = RunPlan(
            model, settings: settings, groups: Placement.service.groups(of: model))
    }

    private func machine() -> CoordinatorMachine {
        CoordinatorMachine(
            workers: plan.workers, channels: plan.channels, settings: settings,
            synchronisation: .optimistic(window: .milliseconds(100)))
    }

    @Test("a worker says hello once, then is ready once")
    func aWorkerGreetsOnce() throws {
        var machine = machine()
        #expect(problem(machine, ready(at: .start)).contains("before it said hello"))
        try give(&machine, hello)
        #expect(problem(machine, hello).contains("hello twice"))
        try give(&machine, ready(at: .start))
        #expect(problem(machine, ready(at: .start)).contains("said twice"))
        #expect(problem(machine, hello).contains("hello twice"))
    }

    @Test("replies and reports are refused before anyone has been asked")
    func repliesAreRefusedUnasked() throws {
        var machine = machine()
        #expect(problem(machine, reply).contains("unexpected message"))
        #expect(problem(machine, [4]).contains("unexpected message"))
        #expect(problem(machine, []).contains("at byte 0"))
        for worker in 0..<2 {
            try give(&machine, hello, from: worker)
            // Only the first one has something to do.
            try give(
                &machine, ready(at: worker == 0 ? .start : .never), from: worker)
        }
        #expect(machine.phase == .running)
        #expect(problem(machine, hello).contains("unexpected message"))
        #expect(problem(machine, reply, from: 1).contains("replied to no grant"))
        try give(&machine, reply)
        #expect(problem(machine, reply).contains("unexpected message"))
    }

    @Test("a reply about a channel that the worker does not have is refused")
    func aReplyAboutAnUnknownChannelIsRefused() throws {
        var machine = machine()
        for worker in 0..<2 {
            try give(&machine, hello, from: worker)
            try give(&machine, ready(at: .start), from: worker)
        }
        #expect(
            problem(machine, replyWithChange(channel: 7, kept: 0)).contains("does not have"))
        #expect(problem(machine, replyWithChange(channel: 0, kept: 3)).contains("there are not"))
    }

    @Test("a report comes once, with as many services as the worker has")
    func aReportComesOnce() throws {
        var machine = machine()
        for worker in 0..<2 {
            try give(&machine, hello, from: worker)
            try give(&machine, ready(at: .never), from: worker)
        }
        #expect(machine.phase == .finishing)
        #expect(problem(machine, report(services: 2)).contains("reports of 2 services"))
        try give(&machine, report(services: 1))
        #expect(machine.hasReported(0))
        #expect(problem(machine, report(services: 1)).contains("reported twice"))
        try give(&machine, report(services: 1), from: 1)
        #expect(machine.phase == .finished)
        #expect(problem(machine, hello).contains("unexpected message"))
    }

    @Test("workers of another protocol or another arithmetic are refused with a reason")
    func otherBuildsAreRefused() {
        var old = Hello(worker: 0, processID: 1)
        old.protocolVersion = 77
        #expect(
            problem(machine(), old.encoded())
                == "it speaks protocol 77; this is protocol \(ProtocolVersion.current) "
                + "(release \(ProtocolVersion.release)): use workers of the same build")
        // Of another protocol only the version can be understood.
        #expect(problem(machine(), [1, 78, 0, 0, 0]).contains("it speaks protocol 78"))
        var other = Hello(worker: 0, processID: 1)
        other.fingerprint ^= 1
        let text = problem(machine(), other.encoded())
        #expect(text.contains("its arithmetic differs from this host's"))
        #expect(text.contains(String(ProtocolVersion.fingerprint, radix: 16)))
    }

    @Test("what a worker says when it gives up is the error")
    func aFailureIsTheError() {
        let failure = WorkerSession.failure("out of memory in service cart")
        #expect(problem(machine(), failure) == "out of memory in service cart")
    }

    @Test("a worker refuses grants that are out of order or beyond the run")
    func aWorkerRefusesGrantsOutOfOrder() throws {
        let welcome = plan.workers[0].welcome()
        let worker = { () throws -> SessionWorker in
            let worker = SessionWorker()
            _ = try worker.receive(welcome)
            return worker
        }
        let first = grant(isNew: true, from: 0, to: 500_000_000)
        #expect(throws: WireError.self) { try SessionWorker().receive(first) }
        #expect(throws: WireError.self) { try worker().receive(welcome) }
        #expect(throws: WireError.self) {
            try worker().receive(grant(isNew: false, from: 0, to: 500_000_000))
        }
        #expect(throws: WireError.self) {
            try worker().receive(grant(isNew: true, from: 0, to: 1_000_000_001))
        }
        #expect(throws: WireError.self) {
            try worker().receive(grant(isNew: true, from: -5, to: 500_000_000))
        }
        let begun = try worker()
        _ = try begun.receive(first)
        #expect(throws: WireError.self) {
            try begun.receive(grant(isNew: true, from: 400_000_000, to: 600_000_000))
        }
        let ended = try worker()
        _ = try ended.receive([MessageType.finish.rawValue] + settings.end.encoded())
        #expect(throws: WireError.self) { try ended.receive(first) }
    }

    // MARK: Messages

    private let hello = WorkerSession.hello(worker: 0, processID: 1)

    private func ready(at instant: SimulatedInstant) -> [UInt8] {
        [MessageType.ready.rawValue] + instant.encoded()
    }

    /// A reply of a worker that has nothing more to do.
    private var reply: [UInt8] {
        var writer = ByteWriter()
        ReplyHeader(next: .never, executed: 0).write(into: &writer)
        writer.writeRaw([EventRecord]())
        SeriesBatch().encode(into: &writer)
        writer.write(UInt32(0))
        return writer.bytes
    }

    private func replyWithChange(channel: Int, kept: Int) -> [UInt8] {
        var writer = ByteWriter()
        ReplyHeader(next: .never, executed: 0).write(into: &writer)
        writer.writeRaw([EventRecord]())
        SeriesBatch().encode(into: &writer)
        writer.write(UInt32(1))
        writer.writeChange(
            channel: channel, kept: kept, messages: UnsafeBufferPointer(start: nil, count: 0))
        return writer.bytes
    }

    private func report(services: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.report.rawValue)
        writer.writeRaw([EventRecord]())
        SeriesBatch().encode(into: &writer)
        writer.writeAll(Array(repeating: ProcessReport(), count: services))
        return writer.bytes
    }

    @Test("samples of a service that the worker does not run are refused")
    func foreignSamples() throws {
        var machine = machine()
        for worker in 0..<2 {
            try give(&machine, hello, from: worker)
            try give(&machine, ready(at: .start), from: worker)
        }
        var batch = SeriesBatch()
        batch.services = [ServiceSample(process: 9, number: 1)]
        var writer = ByteWriter()
        ReplyHeader(next: .never, executed: 0).write(into: &writer)
        writer.writeRaw([EventRecord]())
        batch.encode(into: &writer)
        writer.write(UInt32(0))
        #expect(
            problem(machine, writer.bytes).contains("samples of a service that it does not run"))
    }

    private func grant(isNew: Bool, from start: Int64, to end: Int64) -> [UInt8] {
        var writer = ByteWriter()
        GrantHeader(
            isNewWindow: isNew, start: SimulatedInstant(nanoseconds: start),
            end: SimulatedInstant(nanoseconds: end), slices: 0
        ).write(into: &writer)
        writer.write(UInt32(0))
        writer.write(UInt32(0))
        return writer.bytes
    }

    private func give(
        _ machine: inout CoordinatorMachine, _ bytes: [UInt8], from worker: Int = 0
    ) throws {
        try bytes.withUnsafeBytes { try machine.receive(from: worker, $0, at: 0) }
    }

    /// What the coordinator says to a message, tried on a copy.
    private func problem(
        _ machine: CoordinatorMachine, _ bytes: [UInt8], from worker: Int = 0
    ) -> String {
        var copy = machine
        do {
            try give(&copy, bytes, from: worker)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }
}
