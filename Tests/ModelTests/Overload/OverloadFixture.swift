import Kernel
import Model

// Further words for small models: policies, features and faults.

extension ServiceDescription {
    /// The service with something changed.
    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// The service with a policy for its calls of another.
    func calling(_ target: Int, _ change: (inout CallPolicy) -> Void) -> Self {
        with {
            var policy = CallPolicy()
            change(&policy)
            $0.policies[ServiceID(target)] = policy
        }
    }
}

/// A caller of one other service with one call, under a policy.
func caller(
    _ call: CallDescription, _ arrivals: [ArrivalDescription], replicas: Int = 1,
    _ change: (inout CallPolicy) -> Void
) -> ServiceDescription {
    service([.call([call])], replicas: replicas, arrivals: arrivals)
        .calling(call.target.index, change)
}

/// A caller of service 1 under a policy.
func caller(
    _ arrivals: [ArrivalDescription], replicas: Int = 1, _ change: (inout CallPolicy) -> Void
) -> ServiceDescription {
    caller(callTo(1), arrivals, replicas: replicas, change)
}

/// Always fails.
func failing() -> StepDescription { .fail(probability: 1) }

/// The same wait before every retry.
func waits(
    _ milliseconds: Int64, factor: Double = 1, cap: Int64 = 60_000
) -> BackoffDescription {
    BackoffDescription(
        base: .milliseconds(milliseconds), factor: factor, cap: .milliseconds(cap), jitter: .none)
}

/// Something that goes wrong from one millisecond to another.
func fault(_ effect: FaultEffect, from start: Int64 = 0, to end: Int64? = nil) -> FaultDescription {
    FaultDescription(
        name: "fault", effect: effect,
        schedule: .window(
            from: .start + .milliseconds(start),
            until: end.map { .start + .milliseconds($0) }))
}

extension FinishedRun {
    init(
        _ services: [ServiceDescription], faults: [FaultDescription], zones: Int = 1,
        milliseconds: Int64 = 1000
    ) {
        var model = ModelDescription(name: "test", services: services)
        model.faults = faults
        model.zones = zones
        self.init(model, milliseconds: milliseconds)
    }

    /// The numbers of the users' requests that events of this kind were about, in their order.
    func requests(_ kind: EventKind, at service: Int) -> [UInt64] {
        of(kind, at: service).map { RequestIdentity.number(of: $0.request) }
    }
}
