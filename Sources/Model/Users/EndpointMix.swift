package import Kernel

/// Which endpoint a user's request goes to.
package struct EndpointMix: Hashable, Sendable {
    private let endpoint: UInt16
    /// Summed weights up to and including each endpoint of the mix, over the sum of all.
    private let cumulative: [Double]
    private let endpoints: [UInt16]

    package init(_ arrivals: ArrivalDescription) {
        endpoint = UInt16(truncatingIfNeeded: arrivals.endpoint)
        let total = arrivals.mix.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        cumulative = arrivals.mix.map {
            sum += $0.weight
            return sum / total
        }
        endpoints = arrivals.mix.map { UInt16(truncatingIfNeeded: $0.endpoint) }
    }

    /// The endpoint of `request`; the same for every attempt. O(endpoints of the mix).
    package func endpoint(of request: UInt64, seed: UInt64, service: ServiceID) -> UInt16 {
        if endpoints.isEmpty { return endpoint }
        let draw = DrawKey(
            seed: seed, identity: request, purpose: .userEndpoint, service: service.rawValue)
        let uniform = draw.uniform()
        var index = 0
        while index < endpoints.count - 1, uniform >= cumulative[index] { index += 1 }
        return endpoints[index]
    }
}
