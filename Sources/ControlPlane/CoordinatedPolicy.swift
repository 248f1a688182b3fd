package import Kernel
import Model

/// Scales all services at once, by what the call graph makes of the load at the entries.
///
/// At each look: the load that users bring is read off the entries; the graph says what it becomes at
/// every service below, where a caller passes on no more than the replicas that are wanted of it can
/// carry; each service gets the replicas that carry its load at its target utilisation. A service that
/// cannot grow and would get more than it bears is reported, and those above it are given no more than
/// leads to what it bears. What a service's own autoscaler asks for on top is a matter of feedback.
///
/// After the idea of scaling along the call graph (KubeCon Europe 2024, "Is there room for improving
/// Kubernetes' HPA?"); the formulas are our own.
package struct CoordinatedPolicy: ScalingPolicy {
    private let description: CoordinationDescription
    private var ticker: Ticker
    private var feedback: HorizontalPolicy?
    private var windows: [ScaleDownWindow]
    private var forecasters: [Forecaster]
    private var history = SignalHistory()
    private var learner: GraphLearner?

    package var nextInstant: SimulatedInstant { ticker.next }

    package init(_ description: CoordinationDescription, _ plan: ScalingPlan, seed: UInt64) {
        self.description = description
        ticker = Ticker(every: plan.syncPeriod, from: .start + plan.syncPeriod)
        feedback =
            description.hasFeedback
            ? HorizontalPolicy(plan, seed: seed) : nil
        windows = plan.services.map { _ in ScaleDownWindow() }
        forecasters =
            description.forecast.map { forecast in
                plan.services.map { _ in Forecaster(forecast) }
            } ?? []
        if case .learned(let window, let lag) = description.graph {
            learner = GraphLearner(window: window, lag: lag)
        }
    }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        guard ticker.takeDue(at: view.now) else { return .decisions([]) }
        let entering = enteringLoads(view)
        let flow = LoadFlow(calls(view))
        let own = feedback?.proposals(view) ?? [:]
        let (bearable, shortfalls) =
            description.respectsFixed
            ? Self.limit(entering, flow, view.plan) : (entering, [])
        var decisions = shortfalls
        let predicted = replicas(carrying: bearable, flow, view)
        var wanted = predicted
        for (service, proposal) in own where shortfalls.isEmpty || !view.isScaled(service) {
            wanted[service] = max(wanted[service], proposal)
        }
        let chosen =
            description.criticalPathFirst
            ? criticalServices(entering, flow, wanted, view) : Set(view.plan.services.indices)
        for service in view.plan.services.indices {
            guard let bounds = view.plan.services[service].bounds else { continue }
            // An autoscaler's own proposal has been through a window of its own.
            let held = windows[service].stabilise(
                bounds.clamp(predicted[service]), at: view.now, window: description.stabilisation)
            let stable = max(held, bounds.clamp(wanted[service]))
            let present = view.desired[service]
            let replicas = stable > present && !chosen.contains(service) ? present : stable
            decisions.append(
                ScalingDecision(
                    service: service, replicas: replicas, reason: "PredictedLoad",
                    message: "for the load that its callers are going to pass on"))
        }
        return .decisions(decisions)
    }

    // MARK: Loads

    /// By service: what users bring in a second, now or a horizon ahead.
    private mutating func enteringLoads(_ view: ControlView) -> [Double] {
        view.plan.services.indices.map { service in
            guard !view.plan.services[service].streams.isEmpty else { return 0 }
            guard let rate = view.userRate(service) else { return 0 }
            if forecasters.isEmpty { return rate }
            return max(rate, forecasters[service].forecast(rate, at: view.now))
        }
    }

    private mutating func calls(_ view: ControlView) -> [[ExpectedCall]] {
        switch description.graph {
        case .expected: return view.plan.services.map(\.calls)
        case .given(let calls): return calls
        case .learned: return learner?.learn(view) ?? view.plan.services.map { _ in [] }
        }
    }

    /// By service: replicas that carry its predicted load, callers before those they call.
    private mutating func replicas(
        carrying entering: [Double], _ flow: LoadFlow, _ view: ControlView
    ) -> [Int] {
        let services = view.plan.services
        let isCapped = description.isCappedByCallers
        func needed(_ service: Int, _ load: Double) -> Int {
            services[service].replicas(carrying: load) ?? view.desired[service]
        }
        func passedOn(_ service: Int, _ load: Double) -> Double {
            guard isCapped else { return load }
            let bounds = services[service].bounds
            let replicas = bounds?.clamp(needed(service, load)) ?? view.desired[service]
            return min(load, Double(replicas) * services[service].capacityPerReplica)
        }
        let loads =
            description.hopDelay > .zero
            ? history.delayed(
                entering, flow, hop: description.hopDelay, at: view.now, passedOn: passedOn)
            : flow.loads(entering: entering, passedOn: passedOn)
        return services.indices.map { needed($0, loads[$0]) }
    }

    /// The share of the entering load that services which cannot grow bear, and what they lack.
    static func limit(
        _ entering: [Double], _ flow: LoadFlow, _ plan: ScalingPlan
    ) -> (loads: [Double], shortfalls: [ScalingDecision]) {
        let loads = flow.loads(entering: entering)
        var limited = entering
        var shortfalls: [ScalingDecision] = []
        for (service, description) in plan.services.enumerated() {
            let most = description.bounds?.most ?? description.initialReplicas
            let capacity = Double(most) * description.capacityPerReplica
            guard loads[service] > capacity, capacity > 0 else { continue }
            for entry in entering.indices where entering[entry] > 0 {
                guard flow.reaches(service, from: entry) else { continue }
                limited[entry] = min(limited[entry], entering[entry] * capacity / loads[service])
            }
            shortfalls.append(
                ScalingDecision(
                    service: service, replicas: nil, reason: "Shortfall",
                    message: "needs \(rounded(loads[service])) requests/s and bears "
                        + "\(rounded(capacity))"))
        }
        return (limited, shortfalls)
    }

    private static func rounded(_ rate: Double) -> Int {
        Int(max(-1e15, min(rate.rounded(), 1e15)))
    }

    /// The services on the path that takes most time, by how long requests stay in each.
    private func criticalServices(
        _ entering: [Double], _ flow: LoadFlow, _ wanted: [Int], _ view: ControlView
    ) -> Set<Int> {
        let entries = entering.indices.filter { entering[$0] > 0 }
        let seconds = view.plan.services.indices.map { service -> Double in
            guard let time = view.metrics[service].freshRate(at: view.now, of: { $0.sojournSum }),
                let left = view.metrics[service].freshRate(
                    at: view.now, of: { $0.succeeded &+ $0.failed }), left > 0
            else { return 0 }
            return time / 1e9 / left
        }
        // Times include those called: what a service adds itself is the difference.
        let own = view.plan.services.indices.map { service in
            max(
                0,
                seconds[service]
                    - flow.calls[service].reduce(0) { $0 + $1.count * seconds[$1.target] })
        }
        return Set(flow.heaviestPath(from: entries, ownSeconds: own))
    }
}

extension ScaledService {
    /// Replicas that carry so many requests a second at the target utilisation; `nil` where nothing is
    /// known of what one carries.
    package func replicas(carrying load: Double) -> Int? {
        let each = capacityPerReplica * targetUtilisation
        guard each > 0, each < .infinity, !load.isNaN else { return nil }
        // A hair less, so that rounding does not ask for one more.
        return Int(min((load / each - 1e-9).rounded(.up), 1e9))
    }
}

/// Loads of the past, for signals that travel.
struct SignalHistory: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        var instant: SimulatedInstant
        var loads: [Double]
    }
    private var entries: [Entry] = []

    /// What every service has heard by `now`: its own users at once, and of its callers what they knew
    /// a hop ago, as far as they pass it on.
    mutating func delayed(
        _ entering: [Double], _ flow: LoadFlow, hop: SimulatedDuration, at now: SimulatedInstant,
        passedOn: (Int, Double) -> Double
    ) -> [Double] {
        let past = entries.last { now - $0.instant >= hop }?.loads
        var heard = entering
        for service in flow.calls.indices {
            guard let known = past?[service], known > 0 else { continue }
            let passed = passedOn(service, known)
            for call in flow.calls[service] { heard[call.target] += passed * call.count }
        }
        entries.append(Entry(instant: now, loads: heard))
        while entries.count > 2, now - entries[1].instant >= hop { entries.removeFirst() }
        return heard
    }
}

/// Learns calls per request from what was seen, as long ago as tracing takes.
struct GraphLearner: Hashable, Sendable {
    private let window: SimulatedDuration
    private let lag: SimulatedDuration
    private var readings: [Reading] = []

    private struct Reading: Hashable, Sendable {
        var instant: SimulatedInstant
        var arrived: [UInt64]
        var sent: [[UInt64]]
    }

    init(window: SimulatedDuration, lag: SimulatedDuration) {
        self.window = window
        self.lag = lag
    }

    /// By service: calls per request that arrived, over the window that ended a lag ago; none while
    /// nothing is known.
    mutating func learn(_ view: ControlView) -> [[ExpectedCall]] {
        let latest = view.metrics.map { $0.latest(at: view.now) }
        readings.append(
            Reading(
                instant: view.now, arrived: latest.map { $0?.arrived ?? 0 },
                sent: zip(latest, view.plan.services).map { seen, service in
                    Array((seen?.edgeRequests ?? []).prefix(service.targets.count))
                }))
        while readings.count > 2, view.now - readings[1].instant >= lag + window {
            readings.removeFirst()
        }
        guard let end = readings.last(where: { view.now - $0.instant >= lag }) else {
            return view.plan.services.map { _ in [] }
        }
        let start = readings.last { end.instant - $0.instant >= window } ?? readings[0]
        return view.plan.services.enumerated().map { index, service in
            let arrived = Double(end.arrived[index] &- start.arrived[index])
            guard arrived > 0 else { return [] }
            return service.targets.enumerated().compactMap { place, target in
                guard place < end.sent[index].count else { return nil }
                let before = place < start.sent[index].count ? start.sent[index][place] : 0
                let count = Double(end.sent[index][place] &- before) / arrived
                return count > 0 ? ExpectedCall(target: target, count: count) : nil
            }
        }
    }
}
