import Kernel
import Model

/// What `calls` says of an edge: its policy, and how long its calls wait unless they say otherwise.
struct CallRules: Hashable {
    var policy = CallPolicy()
    var timeout: SimulatedDuration?
}

/// Reads how services call each other.
struct CallRulesReading {
    let times: DistributionReading

    /// What `field` says, and for the rest what `base` says; what is wrong is logged and left.
    func rules(_ field: Field, over base: CallRules) -> CallRules {
        guard let reader = ObjectReader(.callPolicy, field) else { return base }
        var rules = base
        func read<Value>(_ name: String, _ value: inout Value?, _ read: (Field) -> Value?) {
            if let own = reader[name].flatMap(read) { value = own }
        }
        read("timeout", &rules.timeout) { $0.duration(isPositive: true) }
        read("retries", &rules.policy.retry, retries)
        read("budget", &rules.policy.budget, budget)
        read("hedge", &rules.policy.hedge, hedge)
        read("breaker", &rules.policy.breaker, breaker)
        read("pool", &rules.policy.pool) { pool($0, .pool) }
        read("bulkhead", &rules.policy.pool) { pool($0, .bulkhead) }
        read("throttle", &rules.policy.throttle, throttle)
        read("ejection", &rules.policy.ejection, ejection)
        read("balancing", &rules.policy.balancing, balancing)
        if let own = reader.boolean("propagateDeadline") { rules.policy.propagatesDeadline = own }
        if let own = reader.boolean("cancel") { rules.policy.cancels = own }
        if reader.has("pool"), reader.has("bulkhead") {
            reader["bulkhead"]?.fail(
                "`pool` and `bulkhead` exclude each other",
                "keep one of them; a pool bounds calls at a time, too")
        }
        return rules
    }

    // MARK: Further attempts

    private func retries(_ field: Field) -> RetryPolicy? {
        guard let reader = ObjectReader(.retries, field), let attempts = reader.count("attempts")
        else { return nil }
        var policy = RetryPolicy(attempts: attempts)
        if let field = reader["backoff"] { policy.backoff = backoff(field) ?? .none }
        if let failures = failures(reader) { policy.on = failures }
        policy.within = reader.duration("within")
        return policy
    }

    private func failures(_ reader: ObjectReader) -> FailureSet? {
        let choices = Choices.failure
        let wanted = "a list of failures, such as `[timeout, rejected]`"
        guard let items = reader.items("on", wanted) else { return nil }
        var set = FailureSet()
        for item in items {
            if let failure = item.choice(choices.names).flatMap({ choices[$0] }) {
                set.formUnion(failure)
            }
        }
        return set
    }

    func backoff(_ field: Field) -> BackoffDescription? {
        guard let reader = ObjectReader(.backoff, field), let base = reader.duration("base"),
            let factor = reader.number("factor"), let cap = reader.duration("cap"),
            let jitter = reader.choice("jitter", .jitter)
        else { return nil }
        guard base <= cap else {
            field.fail("`base` is above `cap`", "write a longer `cap`")
            return nil
        }
        return BackoffDescription(base: base, factor: factor, cap: cap, jitter: jitter)
    }

    private func budget(_ field: Field) -> RetryBudget? {
        guard let reader = ObjectReader(.budget, field), let (name, value) = reader.chosen else {
            return nil
        }
        switch name {
        case "ratio":
            guard let budget = ObjectReader(.ratioBudget, value), let ratio = budget.ratio("ratio"),
                let minimum = budget.rate("minimum"), let window = budget.duration("window")
            else { return nil }
            return .ratio(ratio, minimum: minimum, window: window)
        case "tokens":
            guard let budget = ObjectReader(.tokenBudget, value),
                let maximum = budget.number("maximum"), let ratio = budget.ratio("ratio")
            else { return nil }
            return .tokens(maximum: maximum, ratio: ratio)
        case "bucket":
            guard let budget = ObjectReader(.bucketBudget, value),
                let capacity = budget.number("capacity"), let ratio = budget.ratio("ratio")
            else { return nil }
            return .bucket(capacity: capacity, ratio: ratio)
        case "concurrent": return reader.count(name).map { .concurrent($0) }
        default:
            guard let budget = ObjectReader(.shareBudget, value), let share = budget.ratio("share"),
                let window = budget.duration("window")
            else { return nil }
            return .share(share, window: window)
        }
    }

    private func hedge(_ field: Field) -> HedgePolicy? {
        guard let reader = ObjectReader(.hedge, field), let (name, _) = reader.chosen,
            let most = reader.count("most"), let cap = reader.ratio("cap")
        else { return nil }
        let delay: HedgePolicy.Delay? =
            name == "after"
            ? reader.duration(name).map { .fixed($0) } : reader.ratio(name).map { .quantile($0) }
        return delay.map { HedgePolicy(delay: $0, most: most, cap: cap) }
    }

    // MARK: Calls that are not made

    private func breaker(_ field: Field) -> CircuitBreakerDescription? {
        guard let reader = ObjectReader(.breaker, field), let (name, value) = reader.chosen,
            let openFor = reader.duration("openFor"), let probes = reader.count("probes")
        else { return nil }
        var trip: CircuitBreakerDescription.Trip?
        if name == "consecutive" {
            trip = reader.count(name).map { .consecutive($0) }
        } else if let rate = ObjectReader(.failureRate, value), let share = rate.ratio("share"),
            let window = rate.duration("window"), let minimum = rate.count("minimum")
        {
            trip = .rate(share, window: window, minimum: minimum)
        }
        return trip.map { CircuitBreakerDescription(trip: $0, openFor: openFor, probes: probes) }
    }

    private func pool(_ field: Field, _ kind: FormatObject.Name) -> PoolDescription? {
        guard let reader = ObjectReader(kind, field), let size = reader.count("size") else {
            return nil
        }
        var pool = PoolDescription(
            size: size, queue: reader.count("queue"), wait: reader.duration("wait"))
        guard kind == .pool else { return pool }
        pool.setup = reader.valueOrDefault("setup").flatMap(times.distribution)
        pool.idle = reader.duration("idle")
        pool.order = reader.choice("order", .poolOrder) ?? pool.order
        pool.isPinned = reader.boolean("pinned") ?? false
        return pool
    }

    private func throttle(_ field: Field) -> ThrottleDescription? {
        guard let reader = ObjectReader(.throttle, field),
            let multiplier = reader.number("multiplier"), let window = reader.duration("window")
        else { return nil }
        return ThrottleDescription(multiplier: multiplier, window: window)
    }

    // MARK: Which replica

    private func ejection(_ field: Field) -> EjectionDescription? {
        guard let reader = ObjectReader(.ejection, field),
            let consecutive = reader.count("consecutive"), let base = reader.duration("base"),
            let cap = reader.duration("cap"), let most = reader.ratio("most"),
            let panic = reader.ratio("panic")
        else { return nil }
        return EjectionDescription(
            consecutive: consecutive, base: base, cap: cap, most: most, panic: panic)
    }

    private func balancing(_ field: Field) -> CallerBalancing? {
        let choices = Choices.callerBalancing
        guard field.isMapping else {
            return field.choice(choices.names).flatMap { choices[$0] }
        }
        guard let reader = ObjectReader(.callerBalancing, field), let (name, value) = reader.chosen
        else { return nil }
        if name == "subset" { return reader.count(name).map { .subset($0) } }
        guard let items = reader.items(name, "a list of weights, one for each replica") else {
            return nil
        }
        let weights = items.compactMap {
            $0.number(0...TopologyFormat.mostNumber, excludesLowerBound: false)
        }
        guard weights.count == items.count else { return nil }
        guard weights.contains(where: { $0 > 0 }) else {
            value.fail("all weights are zero", "give one of the replicas a weight above zero")
            return nil
        }
        return .weighted(weights)
    }
}
