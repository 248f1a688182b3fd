import Autoscalers
import ControlPlane
import Kernel
import Model

/// Services without a simulation behind them: their pods follow orders, and what they measure is what a
/// test says.
///
/// A pod that is bound is ready `start` later; one that is told to stop is gone `grace` later.
struct World {
    let plan: ScalingPlan
    var plane: ControlPlane
    var seen: [ServiceObservation]
    private(set) var now = SimulatedInstant.start
    let start: SimulatedDuration
    let grace: SimulatedDuration
    /// What ``PolicyKind/external`` answers.
    var wanted: [String: Int] = [:]
    /// All that was ordered, in order.
    private(set) var orders: [(instant: SimulatedInstant, service: Int, order: ReplicaOrder)] = []
    private var stopped: [PodKey: SimulatedInstant] = [:]
    private var incarnations: [PodKey: UInt32] = [:]

    private struct PodKey: Hashable {
        var service: Int
        var replica: UInt16
    }

    init(
        _ plan: ScalingPlan, seed: UInt64 = 1, start: SimulatedDuration = .seconds(5),
        grace: SimulatedDuration = .seconds(5)
    ) {
        self.plan = plan
        self.start = start
        self.grace = grace
        plane = ControlPlane(plan, seed: seed)
        seen = plan.services.map { service in
            var seen = ServiceObservation()
            guard service.bounds != nil else { return seen }
            seen.replicas = (0..<service.initialReplicas).map { .running($0) }
            return seen
        }
    }

    /// Goes on until everything before `end` has happened. `look` sees the world before and after each act.
    mutating func run(
        until end: SimulatedInstant,
        measure: (inout [ServiceObservation], SimulatedInstant) -> Void = { _, _ in },
        look: (World) -> Void = { _ in }
    ) throws {
        while plane.nextInstant < end {
            now = plane.nextInstant
            live()
            measure(&seen, now)
            var step = plane.act(at: now, seeing: seen)
            if case .question = step {
                step = try plane.answer(
                    PolicyAnswer(replicas: wanted.sorted { $0.key < $1.key }.map { ($0, $1) }))
            }
            guard case .orders(let ordered) = step else { continue }
            for service in ordered {
                for order in service.orders { follow(order, of: service.service.index) }
            }
            look(self)
        }
        now = end
        live()
    }

    /// Pods that exist and have not been told to stop.
    func live(_ service: Int) -> [ReplicaObservation] { Deployment.live(seen[service]) }

    func bound(_ service: Int) -> [ReplicaObservation] {
        seen[service].replicas.filter { !$0.isUnbound }
    }

    func report() -> ControlReport { plane.report(at: now) }

    func events(_ reason: String) -> [ControlEvent] {
        report().events.filter { $0.reason == reason }
    }

    // MARK: Pods

    private mutating func live() {
        for service in seen.indices {
            let (gone, grace, now) = (stopped, grace, now)
            seen[service].replicas.removeAll { pod in
                gone[PodKey(service: service, replica: pod.replica)].map { $0 + grace <= now }
                    ?? false
            }
            for index in seen[service].replicas.indices {
                let pod = seen[service].replicas[index]
                guard pod.phase == .starting, pod.history.bound + start <= now else { continue }
                seen[service].replicas[index].phase = .running
                seen[service].replicas[index].isReady = true
                seen[service].replicas[index].history.readinessChanged = pod.history.bound + start
            }
        }
    }

    private mutating func follow(_ order: ReplicaOrder, of service: Int) {
        orders.append((now, service, order))
        let key = PodKey(service: service, replica: order.replica)
        let index = seen[service].replicas.firstIndex { $0.replica == order.replica }
        switch order.kind {
        case .create, .createUnbound:
            guard index == nil else { return }
            stopped[key] = nil
            incarnations[key, default: 0] += 1
            var pod = ReplicaObservation.running(Int(order.replica))
            pod.phase = order.kind == .create ? .starting : .pending
            pod.isReady = false
            pod.isUnbound = order.kind == .createUnbound
            pod.incarnation = incarnations[key] ?? 0
            let bound = pod.isUnbound ? SimulatedInstant.never : now
            pod.history.created = now
            pod.history.bound = bound
            pod.history.containerStarted = bound
            pod.history.readinessChanged = .never
            seen[service].replicas.append(pod)
            seen[service].replicas.sort { $0.replica < $1.replica }
        case .bind:
            guard let index, seen[service].replicas[index].isUnbound else { return }
            seen[service].replicas[index].isUnbound = false
            seen[service].replicas[index].phase = .starting
            seen[service].replicas[index].history.bound = now
            seen[service].replicas[index].history.containerStarted = now
        case .stop:
            guard let index else { return }
            if seen[service].replicas[index].isUnbound {
                seen[service].replicas.remove(at: index)
            } else if seen[service].replicas[index].phase != .terminating {
                seen[service].replicas[index].phase = .terminating
                seen[service].replicas[index].isReady = false
                stopped[key] = now
            }
        case .remove:
            if let index { seen[service].replicas.remove(at: index) }
        case .resize: break
        }
    }
}

extension ReplicaObservation {
    /// A pod that has been ready from the start on.
    static func running(_ replica: Int, requests: UInt32 = 0) -> Self {
        var pod = Self(replica, phase: .running, isReady: true)
        pod.requests = requests
        return pod
    }
}

extension ScaledService {
    /// A service of so many cores a replica that may grow.
    static func scaled(
        _ name: String, cores: Int = 1, replicas: Int = 1, most: Int = 20, work: Double = 0.01,
        least: Int = 0
    ) -> Self {
        var service = ScaledService(
            name: name, cores: cores, initialReplicas: replicas, room: most + most / 2 + 4,
            workPerRequest: work)
        service.bounds = ReplicaBounds(least: least, most: most)
        return service
    }

    /// A service that keeps its size.
    static func fixed(_ name: String, replicas: Int, work: Double = 0.01, cores: Int = 1) -> Self {
        ScaledService(
            name: name, cores: cores, initialReplicas: replicas, room: replicas,
            workPerRequest: work)
    }
}

extension ScalingPlan {
    /// Somebody outside decides, each second.
    static func external(_ services: [ScaledService], _ cluster: ClusterDescription? = nil) -> Self
    {
        var plan = ScalingPlan(
            policy: PolicyDescription(name: "external", kind: .external), services: services)
        plan.syncPeriod = .seconds(1)
        plan.cluster = cluster
        return plan
    }
}

extension SimulatedInstant {
    static func at(_ seconds: Double) -> Self { .start + SimulatedDuration(seconds: seconds) }
    var seconds: Double { (self - .start).seconds }
}
