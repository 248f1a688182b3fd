import Kernel
import Model

/// Reads what replicas refuse, and how they come and go.
struct ReplicaReading {
    let times: DistributionReading

    // MARK: Admission

    /// What is wrong is logged and left out.
    func admission(_ field: Field) -> AdmissionDescription? {
        guard let reader = ObjectReader(.admission, field) else { return nil }
        var admission = AdmissionDescription()
        admission.bucket = reader["bucket"].flatMap(bucket)
        admission.shedding = reader["shedding"].flatMap(shedding)
        admission.limit = reader["limit"].flatMap(limit)
        return admission == AdmissionDescription() ? nil : admission
    }

    private func bucket(_ field: Field) -> BucketDescription? {
        guard let reader = ObjectReader(.bucket, field), let (name, value) = reader.chosen,
            let limit = ObjectReader(.rateLimit, value),
            let rate = limit.rate("rate"), let burst = limit.number("burst")
        else { return nil }
        guard rate >= ModelLimits.leastFactor else {
            limit["rate"]?.fail("the rate is zero", "write a rate above zero")
            return nil
        }
        return BucketDescription(kind: name == "token" ? .token : .leaky, rate: rate, burst: burst)
    }

    private func shedding(_ field: Field) -> SheddingDescription? {
        guard let reader = ObjectReader(.shedding, field), let (name, _) = reader.chosen,
            let headroom = reader.ratio("headroom"), let memory = reader.duration("memory")
        else { return nil }
        let (signal, threshold): (SheddingDescription.Signal, Double?) =
            switch name {
            case "queue": (.queue, reader.number(name))
            case "cpu": (.cpu, reader.ratio(name))
            default: (.requests, reader.number(name))
            }
        return threshold.map {
            SheddingDescription(signal: signal, threshold: $0, headroom: headroom, memory: memory)
        }
    }

    private func limit(_ field: Field) -> AdaptiveLimitDescription? {
        guard let reader = ObjectReader(.adaptiveLimit, field), let (name, value) = reader.chosen,
            let initial = reader.number("initial"), let minimum = reader.number("minimum"),
            let maximum = reader.number("maximum"),
            let algorithm = algorithm(name, value)
        else { return nil }
        guard minimum <= initial, initial <= maximum else {
            field.fail(
                "`initial` is not between `minimum` and `maximum`",
                "write three numbers in the order minimum, initial, maximum")
            return nil
        }
        return AdaptiveLimitDescription(
            algorithm: algorithm, initial: initial, minimum: minimum, maximum: maximum)
    }

    private func algorithm(
        _ name: String, _ field: Field
    ) -> AdaptiveLimitDescription.Algorithm? {
        switch name {
        case "aimd":
            guard let reader = ObjectReader(.aimd, field), let backoff = reader.ratio("backoff"),
                let timeout = reader.duration("timeout")
            else { return nil }
            return .additiveIncrease(backoff: backoff, timeout: timeout)
        case "vegas":
            guard let reader = ObjectReader(.vegas, field) else { return nil }
            let (alpha, beta) = (reader.number("alpha"), reader.number("beta"))
            guard
                alpha ?? AdaptiveLimitDescription.leastAlpha
                    <= beta ?? AdaptiveLimitDescription.leastBeta
            else {
                field.fail("`alpha` is above `beta`", "write a larger `beta`")
                return nil
            }
            return .vegas(alpha: alpha, beta: beta)
        default:
            guard let reader = ObjectReader(.gradient, field),
                let tolerance = reader.number("tolerance"),
                let smoothing = reader.ratio("smoothing")
            else { return nil }
            return .gradient(tolerance: tolerance, smoothing: smoothing)
        }
    }

    // MARK: Life cycle

    /// What is wrong is logged and left at its default.
    func lifeCycle(_ field: Field) -> LifeCycleDescription? {
        guard let reader = ObjectReader(.lifeCycle, field) else { return nil }
        var cycle = LifeCycleDescription()
        func time(_ name: String, _ value: inout Distribution) {
            if let own = reader.valueOrDefault(name).flatMap(times.distribution) { value = own }
        }
        time("scheduling", &cycle.scheduling)
        time("imagePull", &cycle.imagePull)
        time("start", &cycle.start)
        cycle.warmUp = reader["warmUp"].flatMap(warmUp)
        cycle.readiness = reader["readiness"].flatMap(probe)
        cycle.liveness = reader["liveness"].flatMap(probe)
        cycle.grace = reader.duration("grace") ?? cycle.grace
        cycle.discovery = reader.duration("discovery") ?? cycle.discovery
        cycle.buffer = reader.count("buffer") ?? cycle.buffer
        cycle.startsCold = reader.boolean("startsCold") ?? cycle.startsCold
        if let field = reader["crashBackoff"] { readCrashBackoff(field, &cycle) }
        return cycle
    }

    private func readCrashBackoff(_ field: Field, _ cycle: inout LifeCycleDescription) {
        guard let reader = ObjectReader(.crashBackoff, field),
            let first = reader.duration("first"), let cap = reader.duration("cap"),
            let reset = reader.duration("reset")
        else { return }
        guard first <= cap else {
            field.fail("`first` is above `cap`", "write a longer `cap`")
            return
        }
        cycle.crashBackoff = first
        cycle.crashBackoffCap = cap
        cycle.crashReset = reset
    }

    private func warmUp(_ field: Field) -> WarmUpDescription? {
        guard let reader = ObjectReader(.warmUp, field), let speed = reader.ratio("speed"),
            let time = reader.duration("time")
        else { return nil }
        return WarmUpDescription(speed: speed, time: time)
    }

    /// Probes more often than this would be most of what a run simulates.
    private static let shortestPeriod = SimulatedDuration.milliseconds(1)

    private func probe(_ field: Field) -> ProbeDescription? {
        guard let reader = ObjectReader(.probe, field),
            let initialDelay = reader.duration("initialDelay"),
            let period = reader.duration("period"), let timeout = reader.duration("timeout"),
            let failures = reader.count("failures"), let successes = reader.count("successes"),
            let work = reader.valueOrDefault("work").flatMap(times.distribution)
        else { return nil }
        guard period >= Self.shortestPeriod else {
            reader["period"]?.fail("the period is too short", "write at least `1 ms`")
            return nil
        }
        return ProbeDescription(
            initialDelay: initialDelay, period: period, timeout: timeout, failures: failures,
            successes: successes, work: work)
    }
}
