package import Kernel

/// What one fault of a model does to one service.
///
/// A fault that hits several services, or the messages between them, has a share for each; all have
/// the same schedule and come to the same instants by themselves.
package struct ServiceFault: Hashable, Sendable {
    /// The fault's position in ``ModelDescription/faults``, which keys its draws.
    package var number: Int
    package var effect: ServiceFaultEffect
    package var schedule: FaultSchedule

    package init(number: Int, effect: ServiceFaultEffect, schedule: FaultSchedule) {
        self.number = number
        self.effect = effect
        self.schedule = schedule
    }
}

/// A ``FaultEffect`` as one service sees it. Replicas and services are ascending, at least one.
package enum ServiceFaultEffect: Hashable, Sendable {
    case kill([Int])
    case restart([Int])
    case down([Int])
    case slow([Int], factor: Double)
    case errors([Int], probability: Double)
    /// What the service sends to these takes longer: requests and answers alike.
    case latency(to: [ServiceID], added: Distribution)
    /// What the service sends to these is lost with this probability; 1 is a partition.
    case loss(to: [ServiceID], probability: Double)
    case flush(cache: Int?)
    case cores(Int)
    /// The service calls this one by another policy.
    case policy(to: ServiceID, CallPolicy, timeout: SimulatedDuration?)

    /// Whether it happens at the fault's beginning and is over then.
    package var isMomentary: Bool {
        switch self {
        case .kill, .restart, .flush: true
        default: false
        }
    }

    /// The replicas that are hit; none for effects on the whole service or on messages.
    package var replicas: [Int] {
        switch self {
        case .kill(let replicas), .restart(let replicas), .down(let replicas),
            .slow(let replicas, _), .errors(let replicas, _):
            replicas
        default: []
        }
    }
}

/// Every service's part in the faults of a model.
package enum ServiceFaults {
    /// What the faults of `model` do to `service`, in the order of the faults; at most one share each.
    package static func share(
        of service: ServiceID, in model: ModelDescription
    ) -> [ServiceFault] {
        let resolution = Resolution(service: service, model: model)
        return model.faults.enumerated().compactMap { number, fault in
            resolution.effect(of: fault.effect).map {
                ServiceFault(number: number, effect: $0, schedule: fault.schedule)
            }
        }
    }
}

private struct Resolution {
    let service: ServiceID
    let model: ModelDescription

    func effect(of effect: FaultEffect) -> ServiceFaultEffect? {
        switch effect {
        case .kill(let target, let selection):
            onReplicas(of: [target], selection) { .kill($0) }
        case .restart(let target, let selection):
            onReplicas(of: [target], selection) { .restart($0) }
        case .down(let targets, let selection):
            onReplicas(of: targets, selection) { .down($0) }
        case .slow(let target, let selection, let factor):
            onReplicas(of: [target], selection) { .slow($0, factor: factor) }
        case .errors(let target, let selection, let probability):
            onReplicas(of: [target], selection) { .errors($0, probability: probability) }
        case .latency(let from, let to, let added):
            onMessages([from], [to]) { .latency(to: $0, added: added) }
        case .loss(let from, let to, let probability):
            onMessages([from], [to]) { .loss(to: $0, probability: probability) }
        case .partition(let left, let right):
            onMessages(left, right) { .loss(to: $0, probability: 1) }
        case .flush(let target, let cache): target == service ? .flush(cache: cache) : nil
        case .cores(let target, let cores): target == service ? .cores(cores) : nil
        case .policy(let from, let to, let policy, let timeout):
            from == service ? .policy(to: to, policy, timeout: timeout) : nil
        }
    }

    private func onReplicas(
        of targets: [ServiceID], _ selection: ReplicaSelection,
        _ make: ([Int]) -> ServiceFaultEffect
    ) -> ServiceFaultEffect? {
        guard targets.contains(service), service.index < model.services.count else { return nil }
        let replicas = selection.replicas(of: model.services[service.index].replicas)
        return replicas.isEmpty ? nil : make(replicas)
    }

    /// On what this service sends across, between the two sides, to those that it exchanges messages
    /// with.
    private func onMessages(
        _ left: [ServiceID], _ right: [ServiceID], _ make: ([ServiceID]) -> ServiceFaultEffect
    ) -> ServiceFaultEffect? {
        let across = (left.contains(service) ? right : []) + (right.contains(service) ? left : [])
        let peers = Set(across).sorted().filter { calls(service, $0) || calls($0, service) }
        return peers.isEmpty ? nil : make(peers)
    }

    private func calls(_ caller: ServiceID, _ callee: ServiceID) -> Bool {
        guard caller.index < model.services.count else { return false }
        return model.services[caller.index].endpoints.contains {
            $0.calls.contains { $0.target == callee }
        }
    }
}
