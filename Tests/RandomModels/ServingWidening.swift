import Kernel
import Model

// How replicas serve, admit, and live.
extension ModelWidening {
    mutating func widenServing(_ service: inout ServiceDescription) {
        if has() { service.serving.scheduling = .processorSharing }
        if has(0.5) {
            let period = SimulatedDuration(
                seconds: max(min(time * random.magnitude(1, 50), 0.1), duration / 2000))
            service.serving.cpuLimit = CPULimit(
                quota: SimulatedDuration(
                    seconds: max(
                        period.seconds * Double(service.cores) * random.double(0.2, 1.2), 1e-6)),
                period: max(period, .microseconds(10)))
        }
        if has(0.5) { service.serving.slowdown = slowdown() }
        if has(0.5) { service.serving.memory = memory() }
        if has() {
            service.serving.discipline = random.pick([
                .lifo, .adaptiveLIFO(threshold: random.int(1...4)), .priority, .earliestDeadline,
                .fair,
            ])
        }
        if has() {
            service.serving.waitLimit =
                random.isTrue(0.6)
                ? .fixed(span(0.5, 30))
                : .controlledDelay(target: span(0.5, 4), interval: span(4, 30))
        }
        if has(0.4) { service.serving.speedSpread = random.double(0, 0.8) }
        if has(0.6) {
            service.serving.oddReplicas = [
                OddReplica(
                    replica: random.index(below: service.replicas),
                    speed: random.isTrue(0.5) ? 1 : random.magnitude(0.1, 3),
                    errorRate: random.isTrue(0.5) ? 0 : random.unit())
            ]
        }
        if has(0.3) { service.serving.requestTimeout = span(2, 60) }
        if has(0.5) { service.serving.errorWork = distribution(0.2, 3) }
    }

    private mutating func slowdown() -> Slowdown {
        switch random.index(below: 3) {
        case 0: .linear(slope: random.double(0, 0.2))
        case 1: .universal(contention: random.double(0, 0.2), coherence: random.double(0, 0.01))
        default:
            .curve([
                SlowdownPoint(requests: 1, factor: random.double(0.5, 1)),
                SlowdownPoint(requests: 10, factor: random.double(1, 4)),
            ])
        }
    }

    private mutating func memory() -> MemoryDescription {
        var memory = MemoryDescription()
        memory.base = 1000
        memory.perRequest = random.double(0, 20)
        memory.garbagePerRequest = random.double(0, 100)
        if random.isTrue(0.6) { memory.heap = random.double(1000, 2000) }
        memory.pause = random.isTrue(0.2) ? .zero : span(0.5, 10)
        memory.pausePerByte = random.isTrue(0.5) ? 0 : random.double(0, time * 1e6)
        if random.isTrue(0.4) { memory.limit = 1000 + memory.perRequest * random.magnitude(1, 40) }
        return memory
    }

    mutating func widenAdmission(_ service: inout ServiceDescription) {
        guard has() else { return }
        var admission = AdmissionDescription()
        if random.isTrue(0.4) {
            admission.bucket = BucketDescription(
                kind: random.pick(BucketDescription.Kind.allCases),
                rate: random.magnitude(0.3, 10) / time, burst: Double(random.int(1...6)))
        }
        if random.isTrue(0.4) {
            let signal = random.pick(SheddingDescription.Signal.allCases)
            admission.shedding = SheddingDescription(
                signal: signal,
                threshold: signal == .cpu ? random.double(0.2, 1) : Double(random.int(0...8)),
                headroom: random.isTrue(0.5) ? 0 : random.double(0, 1), memory: span(1, 30))
        }
        if random.isTrue(0.4) {
            admission.limit = AdaptiveLimitDescription(
                algorithm: random.pick([
                    .additiveIncrease(backoff: 0.9, timeout: span(2, 20)),
                    .vegas(alpha: nil, beta: nil), .gradient(tolerance: 1.5, smoothing: 0.2),
                ]), initial: random.double(1, 10), minimum: 1, maximum: 50)
        }
        service.admission = admission
    }

    mutating func widenLifeCycle(_ service: inout ServiceDescription) {
        guard has() else { return }
        var life = LifeCycleDescription()
        life.scheduling = distribution(mean: duration * 0.02)
        life.imagePull = distribution(mean: duration * 0.02)
        life.start = distribution(mean: duration * 0.05)
        if random.isTrue(0.4) {
            life.warmUp = WarmUpDescription(speed: random.double(0.1, 1), time: part(0.01, 0.3))
        }
        if random.isTrue(0.5) { life.readiness = probe() }
        if random.isTrue(0.4) { life.liveness = probe() }
        life.grace = random.isTrue(0.2) ? .zero : part(0.01, 0.3)
        life.crashBackoff = part(0.01, 0.1)
        life.crashBackoffCap = part(0.1, 0.3)
        life.crashReset = part(0.1, 0.5)
        if random.isTrue(0.6) { life.discovery = part(0.001, 0.05) }
        life.startsCold = random.isTrue(0.2)
        service.lifeCycle = life
    }

    private mutating func probe() -> ProbeDescription {
        ProbeDescription(
            initialDelay: random.isTrue(0.5) ? .zero : part(0.01, 0.1), period: part(0.02, 0.1),
            timeout: random.isTrue(0.5) ? span(1, 20) : part(0.01, 0.05),
            failures: random.int(1...3), successes: random.int(1...2),
            work: distribution(0.05, 1))
    }
}
