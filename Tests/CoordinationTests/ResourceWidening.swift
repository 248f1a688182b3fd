import Autoscalers
import ControlPlane
import Kernel
import Model
import RandomModels

/// What pods ask for and may have: vertical autoscalers, quotas and provisioning requests for a drawn plan.
struct ResourceWidening {
    private var random: RandomSource
    private let duration: SimulatedDuration

    static func widen(
        _ plan: inout ScalingPlan, _ model: ModelDescription, seed: UInt64,
        _ duration: SimulatedDuration
    ) {
        var widening = Self(random: RandomSource(seed: seed, purpose: 27), duration: duration)
        for index in plan.services.indices where plan.services[index].bounds != nil {
            plan.services[index].cpuLimit = model.services[index].serving.cpuLimit?.milliCores
            if widening.random.isTrue(0.4) { plan.services[index].vertical = widening.spec() }
        }
        plan.vertical = widening.settings()
        if widening.random.isTrue(0.3) { plan.quotas = [widening.quota()] }
        if plan.cluster?.autoscaler != nil, widening.random.isTrue(0.5) { widening.ask(&plan) }
    }

    /// A share of the run.
    private mutating func part(_ low: Double, _ high: Double) -> SimulatedDuration {
        let seconds = duration.seconds * random.double(low, high)
        return SimulatedDuration(seconds: max(0.001, (seconds * 1000).rounded() / 1000))
    }

    private mutating func spec() -> VerticalSpec {
        var spec = VerticalSpec()
        spec.updateMode = random.pick([
            .off, .initial, .recreate, .inPlaceOrRecreate, .inPlaceOrRecreate, .inPlaceOrRecreate,
        ])
        spec.controlsLimits = random.isTrue(0.8)
        spec.controlsMemory = random.isTrue(0.3)
        if random.isTrue(0.5) { spec.mostCPU = Int64(random.int(2...40)) * 100 }
        if random.isTrue(0.3) { spec.leastCPU = Int64(random.int(1...2)) * 100 }
        return spec
    }

    private mutating func settings() -> VerticalSettings {
        var settings = VerticalSettings()
        settings.recommenderInterval = part(0.02, 0.2)
        settings.updaterInterval = part(0.02, 0.2)
        settings.cpuHalfLife = part(0.02, 0.5)
        settings.memoryHalfLife = part(0.02, 0.5)
        settings.memoryInterval = part(0.02, 0.3)
        settings.confidenceInterval = part(0.001, 0.1)
        settings.lifetimeThreshold = part(0, 0.2)
        settings.deferredTimeout = part(0, 0.2)
        settings.least = PodResources(cpu: 10, memory: 1_000_000)
        settings.minReplicas = random.int(1...2)
        settings.evictionTolerance = random.unit()
        settings.skipsDisruptionBudget = random.isTrue(0.3)
        return settings
    }

    private mutating func quota() -> QuotaDescription {
        QuotaDescription(
            namespace: "default", cpu: random.isTrue(0.6) ? Int64(random.int(1...16)) * 250 : nil,
            memory: random.isTrue(0.2) ? Int64(random.int(1...8)) * 100_000_000 : nil,
            pods: random.isTrue(0.4) ? random.int(1...8) : nil)
    }

    private mutating func ask(_ plan: inout ScalingPlan) {
        var provisioning = ProvisioningSettings()
        provisioning.bookingTime = part(0.05, 0.3)
        provisioning.firstRetry = part(0.01, 0.1)
        provisioning.mostRetry = part(0.1, 0.2)
        plan.cluster?.autoscaler?.provisioning = provisioning
        let waiting = plan.services.indices.filter {
            plan.services[$0].bounds != nil && plan.services[$0].initialReplicas == 0
        }
        for number in 0..<random.int(1...3) {
            var request = ProvisioningRequestDescription(
                name: "r\(number)", created: .start + part(0, 0.6), count: random.int(1...4),
                pod: PodResources(cpu: Int64(random.int(1...4)) * 250))
            request.retries = random.isTrue(0.7)
            if number < waiting.count {
                let service = waiting[number]
                request.service = service
                request.count = random.int(1...max(1, plan.services[service].bounds?.most ?? 1))
                request.pod = plan.services[service].usualRequests
                plan.services[service].awaitsCapacity = true
                plan.services[service].autoscaler = nil
            }
            plan.cluster?.provisioningRequests.append(request)
        }
    }
}
