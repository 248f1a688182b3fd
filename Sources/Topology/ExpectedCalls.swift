import Foundation
import Kernel
import Model

/// How often each endpoint calls each other endpoint per request it gets, on average.
///
/// Failures are left out: a call that is never made because an earlier one failed counts all the same,
/// and retries and hedges do not count. Choices by ready replicas go by the replicas at first.
struct ExpectedCalls {
    /// For each endpoint its calls with their expected number, each callee once, none of number zero.
    let calls: [[(callee: Int, count: Double)]]
    let graph: CallGraph
    /// Mean compute seconds of each endpoint per request.
    let computeSeconds: [Double]
    private let serviceOfEndpoint: [ServiceID]
    private let firstEndpoint: [Int]

    /// Looks into caches that are cold find nothing; into others as ``CacheForecast`` says.
    init(_ model: ModelDescription, cachesAreCold: Bool) {
        let forecast = CacheForecast(keyspaces: model.keyspaces)
        var first: [Int] = []
        var owners: [ServiceID] = []
        for (index, service) in model.services.enumerated() {
            first.append(owners.count)
            owners += Array(repeating: ServiceID(index), count: service.endpoints.count)
        }
        var calls: [[(callee: Int, count: Double)]] = []
        var compute: [Double] = []
        for service in model.services {
            let shares = service.caches.map { cachesAreCold ? 1 : forecast.missShare(of: $0) }
            for endpoint in service.endpoints {
                var made: [(callee: Int, count: Double)] = []
                for (call, count) in endpoint.steps.expectedCalls(
                    { shares[$0] }, { model.services[$0.index].initialReplicas })
                where call.endpoint < model.services[call.target.index].endpoints.count {
                    made.append((first[call.target.index] + call.endpoint, count))
                }
                compute.append(endpoint.steps.expectedComputeSeconds { shares[$0] })
                calls.append(Self.merged(made))
            }
        }
        self.calls = calls
        graph = CallGraph(calls.map { $0.map(\.callee) })
        computeSeconds = compute
        serviceOfEndpoint = owners
        firstEndpoint = first
    }

    private static func merged(
        _ calls: [(callee: Int, count: Double)]
    ) -> [(callee: Int, count: Double)] {
        var merged: [(callee: Int, count: Double)] = []
        for call in calls.sorted(by: { $0.callee < $1.callee }) where call.count > 0 {
            if merged.last?.callee == call.callee {
                merged[merged.count - 1].count += call.count
            } else {
                merged.append(call)
            }
        }
        return merged
    }

    func service(of endpoint: Int) -> ServiceID { serviceOfEndpoint[endpoint] }

    func endpoint(_ service: ServiceID, _ index: Int) -> Int {
        firstEndpoint[service.index] + index
    }

    func name(_ endpoint: Int, in model: ModelDescription) -> String {
        let service = serviceOfEndpoint[endpoint]
        let description = model.services[service.index]
        return description.name + "."
            + description.endpoints[endpoint - firstEndpoint[service.index]].name
    }
}

// MARK: - Growth and visits

extension ExpectedCalls {
    /// Multiplications of one matrix element that the cycles of one file may take together.
    static let workLimit = 200_000_000

    /// The spectral radius of the calls inside a component: further calls per call in the long run.
    ///
    /// Nil for a component without a cycle. Power iteration on M + I, which is primitive, so that the
    /// smallest and largest growth of an element (Collatz and Wielandt) enclose the radius; it stops
    /// as soon as they agree which side of one it is on. A plain ring is exact: the root of its product.
    func growth(in component: [Int], work: inout Int) -> Double? {
        guard graph.isCyclic(component) else { return nil }
        let (rows, size) = matrix(of: component)
        if rows.allSatisfy({ $0.count == 1 }) {
            let product = rows.reduce(1) { $0 * $1[0].count }
            let root = pow(product, 1 / Double(rows.count))
            return product >= 1 - 1e-9 ? max(1, root) : min(root, 1 - 1e-12)
        }
        var vector = [Double](repeating: 1, count: component.count)
        var estimate = 1.0
        for round in 0... {
            if round >= 100, work <= 0 { break }
            work -= size
            var product = vector
            for (row, calls) in rows.enumerated() {
                for (column, count) in calls { product[row] += count * vector[column] }
            }
            var (low, high) = (Double.infinity, 0.0)
            var largest = 0.0
            for (new, old) in zip(product, vector) {
                low = min(low, new / old)
                high = max(high, new / old)
                largest = max(largest, new)
            }
            guard largest.isFinite else { return .infinity }
            estimate = (low + high) / 2 - 1
            let isDecided = high < 2 || low >= 2
            if isDecided, high - low < 1e-3 { break }
            if high - low < 1e-12 { break }
            // Below the smallest normal number nothing is left to compare.
            vector = product.map { max($0 / largest, .leastNormalMagnitude) }
        }
        // Rounding must not let a cycle through that repeats for ever.
        return estimate > 1 - 1e-9 ? max(1, estimate) : estimate
    }

    private func matrix(
        of component: [Int]
    ) -> (rows: [[(column: Int, count: Double)]], size: Int) {
        var position: [Int: Int] = [:]
        for (index, node) in component.enumerated() { position[node] = index }
        var size = component.count
        let rows = component.map { node in
            let row: [(column: Int, count: Double)] = calls[node].compactMap { call in
                position[call.callee].map { ($0, call.count) }
            }
            size += row.count
            return row
        }
        return (rows, size)
    }

    /// Expected requests at each endpoint when `initial` of them come from outside.
    ///
    /// Callers before callees; inside a cycle repeated until nothing changes any more. The cycles must
    /// have a growth below one.
    func visits(from initial: [Double]) -> [Double] {
        var visits = initial
        var work = Self.workLimit
        for component in graph.components.reversed() {
            if graph.isCyclic(component) { settle(component, &visits, &work) }
            let members = Set(component)
            for node in component where visits[node] > 0 {
                for (callee, count) in calls[node] where !members.contains(callee) {
                    visits[callee] += visits[node] * count
                }
            }
        }
        return visits
    }

    private func settle(_ component: [Int], _ visits: inout [Double], _ work: inout Int) {
        let (rows, size) = matrix(of: component)
        if rows.allSatisfy({ $0.count == 1 }) {
            settleRing(component, rows.map { $0[0] }, &visits)
            return
        }
        var wave = component.map { visits[$0] }
        var total = wave
        for round in 0... {
            if round >= 100, work <= 0 { break }
            work -= size
            var next = [Double](repeating: 0, count: wave.count)
            for (row, calls) in rows.enumerated() where wave[row] > 0 {
                for (column, count) in calls { next[column] += wave[row] * count }
            }
            wave = next
            for index in total.indices { total[index] += wave[index] }
            guard let largest = wave.max(), largest > 1e-12 * (total.max() ?? 0) else { break }
        }
        for (index, node) in component.enumerated() { visits[node] = total[index] }
    }

    /// A ring by going round twice: of what comes back after one round, x, come back in all
    /// x / (1 - p), where p is the product of all counts.
    private func settleRing(
        _ component: [Int], _ next: [(column: Int, count: Double)], _ visits: inout [Double]
    ) {
        var (position, product, returning) = (0, 1.0, 0.0)
        for _ in component.indices {
            let arriving = visits[component[position]] + returning
            returning = arriving * next[position].count
            product *= next[position].count
            position = next[position].column
        }
        returning /= 1 - product
        for _ in component.indices {
            visits[component[position]] += returning
            returning = visits[component[position]] * next[position].count
            position = next[position].column
        }
    }
}
