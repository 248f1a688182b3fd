import Autoscalers
import Kernel
import Model

/// The VerticalPodAutoscalers of all services: recommender, updater, and the admission of new pods.
///
/// It stands beside the policy, which decides how many pods there are: this decides what each asks for, and with it
/// its CPU limit. The recommender gathers what the metrics pipeline answers, the updater compares pods with what is
/// recommended, and resizes or evicts some; a pod that is made gets what is recommended then.
struct VerticalScaling: Sendable {
    private struct Scaler: Hashable, Sendable {
        var spec: VerticalSpec
        var recommender: VerticalRecommender
        var recommendation: VerticalRecommendation?
    }

    private let plan: ScalingPlan
    /// By service; `nil` for those without.
    private var scalers: [Scaler?]
    private var looks: Ticker
    private var passes: Ticker
    private(set) var requests: PodRequests
    /// When the updater first saw that a resize waits.
    private var noticed: [PodName: SimulatedInstant] = [:]

    /// `nil` if no service has one.
    init?(_ plan: ScalingPlan) {
        guard plan.services.contains(where: { $0.vertical != nil }) else { return nil }
        self.plan = plan
        let settings = plan.vertical
        scalers = plan.services.map { service in
            service.vertical.map {
                Scaler(spec: $0, recommender: VerticalRecommender(settings))
            }
        }
        looks = Ticker(
            every: settings.recommenderInterval, from: .start + settings.recommenderInterval)
        passes = Ticker(every: settings.updaterInterval, from: .start + settings.updaterInterval)
        requests = PodRequests(plan)
    }

    var nextInstant: SimulatedInstant { min(looks.next, passes.next) }

    // MARK: Recommending

    /// Takes what is new in the metrics pipeline, if the recommender is due.
    mutating func recommend(_ view: ControlView, _ log: inout ControlLog) {
        guard looks.takeDue(at: view.now) else { return }
        for service in scalers.indices {
            guard var scaler = scalers[service] else { continue }
            let created = Dictionary(
                uniqueKeysWithValues: view.seen[service].replicas.map {
                    (Int($0.replica), $0.history.created)
                })
            for pod in view.metrics[service].pods(at: view.now) {
                guard let created = created[pod.replica] else { continue }
                scaler.recommender.add(
                    VerticalSample(
                        pod: pod.replica, created: created, instant: pod.timestamp,
                        cpu: pod.cpu, memory: pod.memory))
            }
            let before = scaler.recommendation
            scaler.recommendation = scaler.recommender.recommendation(scaler.spec)
            scalers[service] = scaler
            log.note(
                AutoscalerCondition(
                    "RecommendationProvided", scaler.recommendation == nil ? .no : .yes, "", ""),
                of: service, at: view.now)
            if let made = scaler.recommendation, made != before {
                log.note(
                    RecommendationStep(
                        instant: view.now, service: service, recommendation: made))
            }
        }
    }

    // MARK: Changing pods

    /// What the updater does with the pods of every service, if it is due.
    ///
    /// `waiting` are resizes that nodes have not made yet; `accepts` says whether quotas leave room for a pod's
    /// other requests, and counts them if so.
    mutating func update(
        _ view: ControlView, waiting: [PodName: PodSizes.Waiting], _ log: inout ControlLog,
        accepts: (_ pod: PodName, _ requests: PodResources) -> Bool
    ) -> (resized: [PodResize], evicted: [PodName]) {
        guard passes.takeDue(at: view.now) else { return ([], []) }
        noticed = noticed.filter { waiting[$0.key] != nil }
        var resized: [PodResize] = []
        var evicted: [PodName] = []
        for service in scalers.indices {
            guard let scaler = scalers[service], let recommendation = scaler.recommendation,
                let target = target(of: service)
            else { continue }
            let pods = pods(of: service, view, waiting)
            let actions = VerticalUpdater.pass(
                scaler.spec, plan.vertical, recommendation, pods: pods,
                configured: view.desired[service], now: view.now
            ) { accepts(PodName(service: service, replica: $0.name), target) }
            for replica in actions.resized {
                let pod = PodName(service: service, replica: replica)
                resized.append(resize(pod, to: target))
                log.note(
                    service, "InPlaceResizedByVPA",
                    "replica \(replica) from \(requests[pod].words) to \(target.words)",
                    at: view.now)
                requests[pod] = target
            }
            for replica in actions.evicted {
                evicted.append(PodName(service: service, replica: replica))
                log.note(
                    service, "EvictedByVPA",
                    "replica \(replica), which asks for "
                        + "\(requests[PodName(service: service, replica: replica)].words)",
                    at: view.now)
            }
        }
        return (resized, evicted)
    }

    private mutating func pods(
        of service: Int, _ view: ControlView, _ waiting: [PodName: PodSizes.Waiting]
    ) -> [VerticalPod] {
        Deployment.live(view.seen[service]).compactMap { pod in
            guard !pod.isUnbound, pod.history.bound != .never else { return nil }
            let name = PodName(service: service, replica: Int(pod.replica))
            // What it really has counts, as its status tells.
            var present = requests[name]
            var resize = VerticalPod.Resize.none
            if let waits = waiting[name] {
                let since = noticed[name] ?? view.now
                noticed[name] = since
                present = waits.present
                resize = waits.isInfeasible ? .infeasible : .deferred(since: since)
            }
            return VerticalPod(
                name: name.replica, isPending: !pod.isRunning, requests: present,
                started: pod.history.bound, resize: resize)
        }
    }

    /// Gives pods that are made what is recommended for them; `nil`: what their service says.
    mutating func admit(_ orders: inout [[ReplicaOrder]]) -> [PodResize] {
        var admitted: [PodResize] = []
        for service in scalers.indices where scalers[service] != nil {
            for order in orders[service]
            where order.kind == .create || order.kind == .createUnbound {
                let pod = PodName(service: service, replica: Int(order.replica))
                let resize = resize(pod, to: newPodRequests(service))
                requests[pod] = resize.requests
                guard resize.requests != plan.services[service].usualRequests else { continue }
                admitted.append(resize)
                if let order = resize.order { orders[service].append(order) }
            }
        }
        return admitted
    }

    /// What a pod that is made now asks for.
    func newPodRequests(_ service: Int) -> PodResources {
        guard let scaler = scalers[service], scaler.spec.updateMode != .off else {
            return plan.services[service].usualRequests
        }
        return target(of: service) ?? plan.services[service].usualRequests
    }

    mutating func keep(_ isPresent: (PodName) -> Bool) { requests.keep(isPresent) }

    private func target(of service: Int) -> PodResources? {
        guard let scaler = scalers[service], let recommendation = scaler.recommendation else {
            return nil
        }
        return scaler.spec.target(recommendation, usual: plan.services[service].usualRequests)
    }

    /// The limit keeps its ratio to the requests, rounded down, unless only requests are controlled.
    private func resize(_ pod: PodName, to requests: PodResources) -> PodResize {
        var resize = PodResize(pod: pod, requests: requests)
        let service = plan.services[pod.service]
        guard let limit = service.cpuLimit, service.vertical?.controlsLimits == true else {
            return resize
        }
        let usual = service.cpuRequest
        resize.cpuLimit =
            limit == usual
            ? requests.cpu
            : Int64(Double(limit) * Double(requests.cpu) / Double(max(usual, 1)))
        return resize
    }
}

extension PodResources {
    /// `600m`, and memory if there is any, as Kubernetes writes quantities.
    var words: String { memory > 0 ? "\(cpu)m and \(memory) bytes" : "\(cpu)m" }
}
