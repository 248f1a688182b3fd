package import Kernel
package import Model

/// What one service is offered when nothing is rejected, times out or is sent again.
package struct ServiceLoad: Hashable, Sendable {
    package var service: ServiceID
    /// Requests per second at the start of the run.
    package var baseRate: Double
    /// Requests per second when every stream of arrivals is at its peak: an upper bound.
    package var peakRate: Double
    /// Mean compute seconds of a request, over the endpoints as they are called at the peak.
    package var computeSeconds: Double
    /// Busy cores over all cores at `baseRate`; above 1 the service is overloaded.
    package var baseUtilisation: Double
    package var peakUtilisation: Double
}

/// Offered load and utilisation of every service, from the expected number of calls.
///
/// Caches count as holding their most popular keys.
package struct LoadForecast: Sendable {
    /// By ``ServiceID``.
    package let services: [ServiceLoad]

    /// Linear in calls, but for cycles, which are repeated until they die out.
    package init(_ model: ModelDescription) {
        let calls = ExpectedCalls(model, cachesAreCold: false)
        let base = Self.visits(model, calls) { $0.rateAtStart(afterThinking: $1) }
        let peak = Self.visits(model, calls) { $0.peakRate(afterThinking: $1) }
        services = model.services.enumerated().map { index, service in
            let id = ServiceID(index)
            let endpoints = service.endpoints.indices.map { calls.endpoint(id, $0) }
            let cores = Double(service.initialReplicas) * service.usableCores
            let baseBusy = endpoints.reduce(0) { $0 + base[$1] * calls.computeSeconds[$1] }
            let peakBusy = endpoints.reduce(0) { $0 + peak[$1] * calls.computeSeconds[$1] }
            let peakRate = endpoints.reduce(0) { $0 + peak[$1] }
            return ServiceLoad(
                service: id, baseRate: endpoints.reduce(0) { $0 + base[$1] }, peakRate: peakRate,
                computeSeconds: peakRate > 0 ? peakBusy / peakRate : 0,
                baseUtilisation: baseBusy / cores, peakUtilisation: peakBusy / cores)
        }
    }

    static func visits(
        _ model: ModelDescription, _ calls: ExpectedCalls,
        rate: (ArrivalDescription, Double) -> Double
    ) -> [Double] {
        var initial = [Double](repeating: 0, count: calls.calls.count)
        for (index, service) in model.services.enumerated() {
            for arrival in service.arrivals {
                let id = ServiceID(index)
                let shares = arrival.shares.map { (calls.endpoint(id, $0.endpoint), $0.share) }
                let work = arrival.population == 0 ? 0 : computeSeconds(of: shares, calls)
                let requests = rate(arrival, work)
                for (endpoint, share) in shares { initial[endpoint] += requests * share }
            }
        }
        return calls.visits(from: initial)
    }

    /// Mean compute seconds of one request, everywhere together.
    private static func computeSeconds(
        of shares: [(endpoint: Int, share: Double)], _ calls: ExpectedCalls
    ) -> Double {
        var initial = [Double](repeating: 0, count: calls.calls.count)
        for (endpoint, share) in shares { initial[endpoint] += share }
        return zip(calls.visits(from: initial), calls.computeSeconds).reduce(0) {
            $0 + $1.0 * $1.1
        }
    }

    /// Expected requests at each service, by ``ServiceID``, for one request to `endpoint` of `service`.
    package static func visitsPerRequest(
        to service: ServiceID, endpoint: Int, in model: ModelDescription
    ) -> [Double] {
        let calls = ExpectedCalls(model, cachesAreCold: false)
        var initial = [Double](repeating: 0, count: calls.calls.count)
        initial[calls.endpoint(service, endpoint)] = 1
        let visits = calls.visits(from: initial)
        return model.services.indices.map { index in
            model.services[index].endpoints.indices.reduce(0) {
                $0 + visits[calls.endpoint(ServiceID(index), $1)]
            }
        }
    }
}

extension ServiceDescription {
    /// Cores of a replica, or what its limit leaves of them.
    fileprivate var usableCores: Double {
        guard let limit = serving.cpuLimit else { return Double(cores) }
        return min(Double(cores), limit.quota.seconds / limit.period.seconds)
    }
}

extension ArrivalDescription {
    /// The endpoints that requests go to, with the share of each.
    fileprivate var shares: [(endpoint: Int, share: Double)] {
        guard !mix.isEmpty else { return [(endpoint, 1)] }
        let sum = mix.reduce(0) { $0 + $1.weight }
        return mix.map { ($0.endpoint, $0.weight / sum) }
    }

    /// Requests per second at the start; of a closed stream when `work`, the compute time of a
    /// request, and thinking are all that its users wait for.
    fileprivate func rateAtStart(afterThinking work: Double) -> Double {
        switch process {
        case .constant, .poisson: profile.atStart
        case .modulated: profile.atStart * meanFactor
        case .sessions: profile.atStart * requestsPerSession
        case .trace, .closed, .paced: steadyRate(work)
        }
    }

    /// Requests per second at the peak.
    fileprivate func peakRate(afterThinking work: Double) -> Double {
        switch process {
        case .constant, .poisson: profile.peak
        case .modulated: profile.peak * states.reduce(0) { max($0, $1.factor) }
        case .sessions: profile.peak * requestsPerSession
        case .trace, .closed, .paced: steadyRate(work)
        }
    }

    private func steadyRate(_ work: Double) -> Double {
        let time: Double =
            switch process {
            case .paced: think.mean
            case .closed: think.mean + work
            default: (trace.last ?? .start).seconds
            }
        let requests = Double(process == .trace ? trace.count : population)
        return time > 0 ? requests / time : 0
    }

    private var meanFactor: Double {
        let time = states.reduce(0) { $0 + $1.stay.seconds }
        return time > 0 ? states.reduce(0) { $0 + $1.factor * $1.stay.seconds } / time : 1
    }
}
