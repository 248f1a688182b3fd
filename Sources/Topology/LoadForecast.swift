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
package struct LoadForecast: Sendable {
    /// By ``ServiceID``.
    package let services: [ServiceLoad]

    /// Linear in calls, but for cycles, which are repeated until they die out.
    package init(_ model: ModelDescription) {
        let calls = ExpectedCalls(model)
        let base = Self.visits(model, calls) { $0.atStart }
        let peak = Self.visits(model, calls) { $0.peak }
        services = model.services.enumerated().map { index, service in
            let id = ServiceID(index)
            let endpoints = service.endpoints.indices.map { calls.endpoint(id, $0) }
            let cores = Double(service.replicas) * Double(service.cores)
            let baseBusy = endpoints.reduce(0) { $0 + base[$1] * calls.computeSeconds[$1] }
            let peakBusy = endpoints.reduce(0) { $0 + peak[$1] * calls.computeSeconds[$1] }
            let peakRate = endpoints.reduce(0) { $0 + peak[$1] }
            return ServiceLoad(
                service: id, baseRate: endpoints.reduce(0) { $0 + base[$1] }, peakRate: peakRate,
                computeSeconds: peakRate > 0 ? peakBusy / peakRate : 0,
                baseUtilisation: baseBusy / cores, peakUtilisation: peakBusy / cores)
        }
    }

    private static func visits(
        _ model: ModelDescription, _ calls: ExpectedCalls, rate: (RateProfile) -> Double
    ) -> [Double] {
        var initial = [Double](repeating: 0, count: calls.calls.count)
        for (index, service) in model.services.enumerated() {
            for arrival in service.arrivals {
                initial[calls.endpoint(ServiceID(index), arrival.endpoint)] +=
                    rate(arrival.profile)
            }
        }
        return calls.visits(from: initial)
    }

    /// Expected requests at each service, by ``ServiceID``, for one request to `endpoint` of `service`.
    package static func visitsPerRequest(
        to service: ServiceID, endpoint: Int, in model: ModelDescription
    ) -> [Double] {
        let calls = ExpectedCalls(model)
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
