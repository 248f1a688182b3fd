import Kernel
import Model

/// What each service told in its answers, against what its callers and users heard.
struct ServiceAccounts {
    /// By service: users are tier 1, the services that they call 2, and so on.
    let tiers: [Int]
    /// By service: core time in nanoseconds that answers on their way at the end tell of.
    let inTransit: [Int64]

    /// O(services + calls).
    init(_ model: ModelDescription, _ reports: [ProcessReport]) {
        let layout = SystemLayout(model, seed: 0)
        tiers = layout.services.map { $0.context.tier + 1 }
        var told = reports.map { $0.counters.workAnswered &- $0.counters.workLost }
        for (service, report) in zip(layout.services, reports) {
            for (index, edge) in report.edges.enumerated() {
                let heard = edge.workUseful &+ edge.workFailed &+ edge.workLate
                let teller =
                    index < service.outgoing.count
                    ? service.outgoing[index].target.index : service.id.index
                if teller < told.count { told[teller] &-= heard }
            }
        }
        inTransit = told.map { Int64(bitPattern: $0) }
    }

    /// The law that nobody hears of more core time than was told of.
    func violations(names: [String]) -> [String] {
        zip(names, inTransit).compactMap { name, work in
            work >= 0
                ? nil
                : "\(name): its callers heard of \(-work) ns of core time more than it told of"
        }
    }
}
