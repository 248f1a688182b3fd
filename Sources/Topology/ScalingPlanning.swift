import Autoscalers
import ControlPlane
import Kernel
import Model

/// Puts together what the control plane needs to know of a system.
struct ScalingPlanning {
    let model: ModelDescription
    let duration: SimulatedDuration

    /// The plan for a model whose services have their room already; `scalings` by service.
    func plan(
        _ common: ScalingReading.Common, _ scalings: [ReplicaScaling?]
    ) -> ScalingPlan {
        let calls = ExpectedCalls(model, cachesAreCold: false)
        let loads = LoadForecast(model).services
        let means = calls.meanCalls(in: model)
        let layout = SystemLayout(model, seed: 0)
        let services = model.services.indices.map { index -> ScaledService in
            let description = model.services[index]
            var service = ScaledService(
                name: description.name, cores: description.cores,
                initialReplicas: description.initialReplicas, room: description.replicas,
                workPerRequest: loads[index].computeSeconds)
            service.targets = layout.services[index].outgoing.map(\.target.index)
            service.calls = means[index]
            service.streams = description.arrivals.map { stream(of: $0) }
            if let limit = description.serving.cpuLimit {
                service.cpuLimit = limit.milliCores
            }
            if let scaling = scalings[index] {
                service.take(scaling, hasMemory: description.serving.memory != nil)
            }
            return service
        }
        var plan = ScalingPlan(policy: common.policy, services: services)
        plan.syncPeriod = common.syncPeriod
        plan.pipeline = common.pipeline
        plan.cluster = common.cluster
        plan.horizontal = common.horizontal
        plan.vertical = common.vertical
        plan.quotas = common.quotas.map(\.quota)
        plan.giveRequestsTheirPods()
        plan.policies =
            common.policies
            + ScalingPolicies.builtIn.map { PolicyDescription(name: $0.name, kind: $0.kind) }
        return plan
    }

    /// The most steps that a stream's rate is described by.
    private static let mostSteps = 5_000

    /// The rate of a stream of users over time, in steps of a second or more.
    private func stream(of arrival: ArrivalDescription) -> ExpectedStream {
        let factor = arrival.process == .sessions ? arrival.requestsPerSession : 1
        let count = max(1, min(Int(duration.seconds), Self.mostSteps))
        let step = duration.seconds / Double(count)
        var steps: [RateStep] = []
        for index in 0..<count {
            let from = SimulatedInstant.start + SimulatedDuration(seconds: Double(index) * step)
            let middle = from + SimulatedDuration(seconds: step / 2)
            let rate = arrival.profile.rate(at: middle) * factor
            if steps.last?.rate != rate { steps.append(RateStep(from: from, rate: rate)) }
        }
        return ExpectedStream(steps: steps)
    }

    /// Replicas that there must be room for while `most` are wanted: some are still draining.
    static func room(for most: Int) -> Int { min(most + max(4, most / 2), ModelLimits.replicas) }
}

extension ScaledService {
    mutating func take(_ scaling: ReplicaScaling, hasMemory: Bool) {
        bounds = scaling.bounds
        targetUtilisation = scaling.target
        metric = scaling.metric
        each = scaling.each ?? each
        capacityPerReplica = scaling.capacity ?? capacityPerReplica
        cpuRequest = scaling.cpuRequest ?? cpuRequest
        memoryRequest = scaling.memoryRequest
        startUp = scaling.startUp
        priority = scaling.priority
        autoscaler = scaling.autoscaler
        namespace = scaling.namespace
        guard var spec = scaling.vertical else { return }
        // As Kubernetes: whoever has a limit and says no more asks for as much.
        cpuRequest = scaling.cpuRequest ?? cpuLimit ?? cpuRequest
        spec.controlsMemory = spec.controlsMemory && hasMemory
        if !spec.controlsLimits, let cpuLimit {
            spec.mostCPU = min(spec.mostCPU ?? cpuLimit, cpuLimit)
            spec.leastCPU = spec.leastCPU.map { min($0, cpuLimit) }
        }
        vertical = spec
    }
}

extension ScalingPlan {
    /// Requests for a service ask for its pods, and nobody else changes its number of pods.
    mutating func giveRequestsTheirPods() {
        for index in cluster?.provisioningRequests.indices ?? 0..<0 {
            guard let service = cluster?.provisioningRequests[index].service else { continue }
            cluster?.provisioningRequests[index].pod = services[service].usualRequests
            services[service].awaitsCapacity = true
            services[service].autoscaler = nil
        }
    }
}

extension ExpectedCalls {
    /// By service: mean calls of a request to each other service, ascending by target; over its
    /// endpoints as they are called at the start of the run.
    func meanCalls(in model: ModelDescription) -> [[ExpectedCall]] {
        let visits = LoadForecast.visits(model, self) { arrival, _ in
            max(arrival.profile.points.reduce(0) { max($0, $1.rate) }, 1e-9)
        }
        return model.services.indices.map { index in
            let endpoints = model.services[index].endpoints.indices.map {
                endpoint(ServiceID(index), $0)
            }
            let total = endpoints.reduce(0) { $0 + visits[$1] }
            guard total > 0 else { return [] }
            var counts: [Int: Double] = [:]
            for endpoint in endpoints {
                for call in calls[endpoint] {
                    counts[service(of: call.callee).index, default: 0] +=
                        visits[endpoint] * call.count / total
                }
            }
            return counts.sorted { $0.key < $1.key }.filter { $0.value > 0 }.map {
                ExpectedCall(target: $0.key, count: $0.value)
            }
        }
    }
}

extension RateProfile {
    /// Arrivals a second at an instant; where it jumps, those after the jump.
    func rate(at instant: SimulatedInstant) -> Double {
        guard let next = points.firstIndex(where: { $0.instant > instant }) else {
            return points[points.count - 1].rate
        }
        guard next > 0 else { return points[0].rate }
        let (before, after) = (points[next - 1], points[next])
        let share = (instant - before.instant).seconds / (after.instant - before.instant).seconds
        return before.rate + (after.rate - before.rate) * share
    }
}
