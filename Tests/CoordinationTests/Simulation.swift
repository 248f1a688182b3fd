import ControlPlane
import Coordination
import Kernel
import Model
import RandomModels

/// One way of running a model with workers.
struct SimulationMode: CustomStringConvertible {
    var placement: Placement
    var synchronisation: Synchronisation
    /// Of the order in which messages arrive.
    var transportSeed: UInt64

    var description: String {
        "placement \(placement), \(synchronisation), transport seed \(transportSeed)"
    }

    /// A way to run a model of so many services with this least latency between workers.
    static func draw(
        _ random: inout RandomSource, services: Int, lookahead: SimulatedDuration,
        duration: SimulatedDuration
    ) -> Self {
        let placement: Placement =
            random.isTrue(0.5)
            ? .service : .packed(random.pick([1, 2, 2, 3, max(1, services - 1)]))
        let synchronisation: Synchronisation
        switch random.index(below: 10) {
        case 0, 1: synchronisation = .conservative
        case 2, 3, 4: synchronisation = .optimistic(window: nil)
        case 5: synchronisation = .optimistic(window: lookahead)
        default:
            // The longer a window, the more often it may have to be executed again.
            let longest = min(Double(duration.nanoseconds), Double(lookahead.nanoseconds) * 400)
            let length = random.magnitude(Double(lookahead.nanoseconds), max(longest, 1))
            let isCalm = duration.nanoseconds / lookahead.nanoseconds < 1000
            synchronisation = .optimistic(
                window: isCalm && random.isTrue(0.2)
                    ? .seconds(10) : SimulatedDuration(nanoseconds: max(Int64(length), 1)))
        }
        return Self(
            placement: placement, synchronisation: synchronisation, transportSeed: random.next())
    }
}

/// What a run gave, in a form in which two runs must be equal.
struct SimulationResult {
    var outcome: RunOutcome
    /// By service: its events in order.
    var events: [[EventRecord]]

    init(_ outcome: RunOutcome, events: [EventRecord]) {
        self.outcome = outcome
        self.events = Array(repeating: [], count: outcome.processes.count)
        for event in events { self.events[Int(event.service)].append(event) }
        for process in outcome.processes.indices {
            // The position among the processes of a worker, which is no result.
            for index in outcome.processes[process].checkpoints.indices {
                self.outcome.processes[process].checkpoints[index].process = 0
            }
        }
    }

    /// How the results of another run differ; `nil` if they do not.
    func difference(from other: Self) -> String? {
        if let violation = outcome.violations.first {
            let place = violation.service.map { "service \($0)" } ?? "the system"
            return "\(place) breaks a law: \(violation.law)"
        }
        for service in events.indices {
            for (index, pair) in zip(events[service], other.events[service]).enumerated()
            where pair.0 != pair.1 {
                return "event \(index) of service \(service) is \(pair.0) instead of \(pair.1)"
            }
            let (count, expected) = (events[service].count, other.events[service].count)
            if count != expected {
                let longer = count > expected ? events[service] : other.events[service]
                return "service \(service) has \(count) events recorded instead of \(expected); "
                    + "the next one is \(longer[min(count, expected)])"
            }
            let (own, others) = (outcome.processes[service], other.outcome.processes[service])
            if own.eventCount != others.eventCount {
                return "service \(service) had \(own.eventCount) events instead of "
                    + "\(others.eventCount)"
            }
            if own != others { return "service \(service) reports \(own) instead of \(others)" }
        }
        if let problem = outcome.control?.difference(from: other.outcome.control) {
            return "of the control plane's report \(problem)"
        }
        return outcome.digest == other.outcome.digest ? nil : "the digests differ"
    }
}

/// A random model and a few random ways to run it, all from one seed.
struct Simulation {
    let seed: UInt64
    let random: RandomModel
    let modes: [SimulationMode]
    var settings: RunSettings
    /// How the model is scaled, if it is.
    let scaling: ScalingPlan?

    init(seed: UInt64, modes count: Int = 3, busyness: Double = 1, isScaled: Bool = false) {
        self.seed = seed
        var drawn = RandomModel(seed: seed, busyness: busyness)
        scaling = isScaled ? RandomScaling.draw(seed: seed, &drawn.model, drawn.duration) : nil
        random = drawn
        var source = RandomSource(seed: seed, purpose: 3)
        settings = RunSettings(
            seed: source.next(), duration: drawn.duration,
            checkpointInterval: SimulatedDuration(
                nanoseconds: drawn.duration.nanoseconds / Int64(source.int(1...20))),
            recordsEvents: source.isTrue(0.4))
        // From numbers of their own, so that seeds keep the models and modes that they had.
        var traces = RandomSource(seed: seed, purpose: 11)
        settings.traces = TraceSettings(
            share: traces.pick([0, 0.1, 0.5, 1]), slowest: traces.int(0...4),
            failed: traces.int(0...4))
        let lookahead = Self.lookahead(of: drawn.model)
        modes = (0..<count).map { _ in
            SimulationMode.draw(
                &source, services: drawn.model.services.count, lookahead: lookahead,
                duration: drawn.duration)
        }
    }

    private static func lookahead(of model: ModelDescription) -> SimulatedDuration {
        SystemLayout(model, seed: 0).channels.map(\.lookahead).filter { $0 > .zero }.min()
            ?? .milliseconds(1)
    }

    func runSequentially() -> SimulationResult {
        var run = SequentialRun(random.model, settings: settings, control: control)
        let events = run.run(before: settings.end)
        return SimulationResult(run.outcome(), events: events)
    }

    func machine(_ mode: SimulationMode) -> CoordinatorMachine {
        let plan = RunPlan(
            random.model, settings: settings, groups: mode.placement.groups(of: random.model))
        return CoordinatorMachine(
            workers: plan.workers, channels: plan.channels, settings: settings,
            synchronisation: mode.synchronisation, control: control)
    }

    private var control: ControlPlane? { scaling.map { ControlPlane($0, seed: settings.seed) } }

    func run(_ mode: SimulationMode) throws -> SimulationResult {
        var transport = InMemoryTransport(machine(mode), seed: mode.transportSeed)
        let outcome = try transport.run()
        return SimulationResult(outcome, events: transport.events)
    }

    /// The first way of running that does not give the sequential run's results, and how it differs.
    func problem() -> String? {
        let expected = runSequentially()
        if let problem = expected.difference(from: expected) { return "sequentially, \(problem)" }
        for mode in modes {
            do {
                if let difference = try run(mode).difference(from: expected) {
                    return "\(mode): \(difference)"
                }
            } catch {
                return "\(mode): \(error)"
            }
        }
        return nil
    }

    /// Everything there is to know about a seed that fails.
    func details() -> String {
        var copy = self
        copy.settings.recordsEvents = true
        return """
            \(random.model.text)
            duration \(random.duration.seconds) s, seed \(settings.seed)
            \(modes.map(\.description).joined(separator: "\n"))
            \(copy.problem() ?? "no problem")
            """
    }
}
