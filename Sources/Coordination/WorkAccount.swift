package import Model

/// Where all core time of a run went, in nanoseconds: who had any use of it.
///
/// Core time travels with answers: an answer tells of what was spent on it, here and by those called.
/// What a callee's successful answer tells of is passed on in the caller's own answer, so it comes to
/// rest once: at users, in an answer that was a failure or came late, or in a request that was dropped.
package struct WorkAccount: Hashable, Sendable {
    /// Of all compute steps begun.
    package var computed: UInt64 = 0
    /// Told of by successful answers that reached their users in time.
    package var useful: UInt64 = 0
    /// Told of by failures, to users and to services.
    package var failed: UInt64 = 0
    /// Told of by answers whose caller had given up.
    package var late: UInt64 = 0
    /// Of requests that were dropped or whose replica died.
    package var dropped: UInt64 = 0
    /// Told of by answers that the network lost.
    package var lost: UInt64 = 0
    /// Of requests whose end nobody waits for.
    package var background: UInt64 = 0
    /// Of requests that are in services at the end.
    package var inServices: UInt64 = 0

    /// O(processes + edges).
    package init(_ processes: [ProcessReport]) {
        for report in processes {
            let counters = report.counters
            computed &+= counters.computeTime
            dropped &+= counters.workDropped
            lost &+= counters.workLost
            background &+= counters.workBackground
            inServices &+= report.census.work
            for (index, edge) in report.edges.enumerated() {
                failed &+= edge.workFailed
                late &+= edge.workLate
                if index >= report.callEdges { useful &+= edge.workUseful }
            }
        }
    }

    /// What answers on their way at the end tell of: all that is not accounted for elsewhere.
    package var inTransit: Int64 {
        let resting = useful &+ failed &+ late &+ dropped &+ lost &+ background &+ inServices
        return Int64(bitPattern: computed &- resting)
    }

    /// The law that no core time is counted twice; that none is forgotten is the law of each service.
    package var violations: [String] {
        guard inTransit < 0 else { return [] }
        return ["\(inTransit.magnitude) ns of core time are accounted for more than once"]
    }
}
