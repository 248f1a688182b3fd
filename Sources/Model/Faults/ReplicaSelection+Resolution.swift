extension ReplicaSelection {
    /// The selected ones of `count` replicas, ascending; numbers that there are not are left out.
    package func replicas(of count: Int) -> [Int] {
        let all = 0..<count
        switch self {
        case .all: return Array(all)
        case .count(let number): return Array(all.prefix(max(number, 0)))
        case .share(let share):
            // NaN and what is out of range select one or all.
            let wanted = share >= 1 ? count : (share > 0 ? Int(share * Double(count) + 0.5) : 0)
            return Array(all.prefix(max(wanted, 1)))
        case .zone(let zone, let zones):
            return zones > 0 ? all.filter { $0 % zones == zone } : []
        case .list(let replicas):
            return Set(replicas).sorted().filter { all.contains($0) }
        }
    }
}

extension FaultDescription {
    /// Whether the fault may wait for a condition: one service alone must be able to tell, so only
    /// effects on one service, or on what one service does, qualify.
    package var canHaveCondition: Bool {
        switch effect {
        case .kill, .restart, .slow, .errors, .flush, .cores, .policy: true
        case .down(let services, _): Set(services).count == 1
        case .latency, .loss, .partition: false
        }
    }
}
