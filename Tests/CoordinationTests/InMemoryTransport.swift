import Coordination
import Model
import RandomModels
import Wire

/// Something that answers the coordinator's messages.
protocol SimulatedWorker: AnyObject {
    func receive(_ bytes: [UInt8]) throws -> [UInt8]
}

/// A worker as the worker program has it.
final class SessionWorker: SimulatedWorker {
    private var session = WorkerSession()

    func receive(_ bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try session.receive($0) }
    }
}

/// Carries messages between a coordinator and its workers in an order drawn from a seed.
///
/// As with ZeroMQ, messages between one pair arrive in the order in which they were sent, and nothing
/// else is promised. The clock that adaptive windows see moves by random steps.
struct InMemoryTransport {
    enum Problem: Error {
        case stuck(CoordinatorMachine.Phase)
        case endless
    }

    /// A message on its way, as an observer sees it.
    struct Delivery {
        var worker: Int
        var isToWorker: Bool
        var bytes: [UInt8]
    }

    private(set) var machine: CoordinatorMachine
    private(set) var workers: [any SimulatedWorker]
    private(set) var events: [EventRecord] = []
    private var random: RandomSource
    private var clock: UInt64 = 0
    /// By line: to the coordinator, then to the workers.
    private var lines: [Line]
    /// Lines that have messages, in no order.
    private var busy: [Int] = []
    /// Workers whose messages are slow.
    private let slow: Set<Int>
    var observe: ((Delivery) -> Void)?

    private struct Line {
        var messages: [[UInt8]] = []
        var first = 0
    }

    init(
        _ machine: CoordinatorMachine, seed: UInt64,
        worker: (Int) -> any SimulatedWorker = { _ in SessionWorker() }
    ) {
        self.machine = machine
        random = RandomSource(seed: seed, purpose: 2)
        let count = machine.workers.count
        workers = (0..<count).map(worker)
        lines = Array(repeating: Line(), count: 2 * count)
        slow = random.isTrue(0.3) ? [random.index(below: count), random.index(below: count)] : []
        var order = Array(0..<count)
        order.shuffle(using: &random)
        for worker in order {
            send(WorkerSession.hello(worker: worker, processID: 0), on: worker)
        }
    }

    /// Delivers until the run is finished.
    mutating func run(atMost limit: Int = 20_000_000) throws -> RunOutcome {
        var delivered = 0
        while machine.phase != .finished {
            guard delivered < limit else { throw Problem.endless }
            try deliverOne()
            delivered += 1
        }
        return machine.outcome()
    }

    /// Delivers one message.
    mutating func deliverOne() throws {
        guard !busy.isEmpty else { throw Problem.stuck(machine.phase) }
        var place = random.index(below: busy.count)
        if slow.contains(busy[place] % workers.count) { place = random.index(below: busy.count) }
        let line = busy[place]
        let message = lines[line].messages[lines[line].first]
        lines[line].first += 1
        if lines[line].first == lines[line].messages.count {
            lines[line].messages.removeAll(keepingCapacity: true)
            lines[line].first = 0
            busy.swapAt(place, busy.count - 1)
            busy.removeLast()
        }
        clock += UInt64(random.magnitude(100, 1e7))
        let worker = line % workers.count
        let isToWorker = line >= workers.count
        observe?(Delivery(worker: worker, isToWorker: isToWorker, bytes: message))
        if isToWorker {
            var answer = try workers[worker].receive(message)
            ReplyHeader.setComputeTime(UInt64(random.magnitude(1000, 1e7)), in: &answer)
            send(answer, on: worker)
        } else {
            try message.withUnsafeBytes { try machine.receive(from: worker, $0, at: clock) }
            for (worker, message) in machine.takeOutbox() {
                send(message, on: workers.count + worker)
            }
            events += machine.takeEvents()
        }
    }

    private mutating func send(_ message: [UInt8], on line: Int) {
        if lines[line].messages.isEmpty { busy.append(line) }
        lines[line].messages.append(message)
    }
}
