/// What each number of the report means: one click away on the page, and listed at its end.
package struct Definition: Sendable {
    package var id: String
    package var title: String
    package var text: String

    private init(_ id: String, _ title: String, _ text: String) {
        self.id = id
        self.title = title
        self.text = text
    }
}

extension Definition {
    package static let all: [Definition] = users + series + system + columns

    private static let users = [
        Definition(
            "userCalls", "users' calls",
            "Calls that users began, each with all its attempts. A call that is retried by hand is one call."
        ),
        Definition(
            "userFailures", "failed calls",
            "Calls of users that ended badly: refused, failed, dropped or timed out. Calls that were still under way at the end are neither failed nor successful."
        ),
        Definition(
            "errorSeconds", "error-seconds",
            "The integral over time of the share of users' calls that fail, in seconds. The share of an interval is failures / (successes + failures) among the calls that ended in it; an interval in which none ended has the share of the one before, the first 0. Ten seconds in which every call fails are ten error-seconds, and so are a hundred in which every tenth does."
        ),
        Definition(
            "userLatency", "users' latency",
            "From sending an attempt to the arrival of its successful answer, over all streams of users. The quantile q is the order statistic of rank ⌈q · count⌉, off by at most 0.4 % of itself."
        ),
        Definition(
            "verdict", "verdict",
            "What became of the users after what happened to the system. stable: their goodput share came back to 95 % of what it was, and no backlog was left, within the trigger's time and a short grace. vulnerable: later. metastable: not up to the next trigger or the end, although the trigger was over. undecided: there is nothing to compare with, the trigger does not end, or too little time follows it."
        ),
        Definition(
            "secondsToRecover", "time to recover",
            "Seconds from the trigger's end to the first instant from which on the goodput share never falls below 95 % of what it was, and no backlog is left."
        ),
        Definition(
            "worstTier", "worst tier",
            "The tier that let the largest share of the requests that reached it fail for reasons of its own: rejected, shed, expired, unavailable, error, conflict, or an attempt that the caller gave up. Of tiers within a tenth of the largest share, the farthest from users, since failures travel up from there."
        ),
        Definition(
            "replicaHours", "replica time",
            "The integral over time of the replicas that exist, ready or not, summed over all services: what is paid for."
        ),
        Definition(
            "nodeHours", "node time",
            "The integral over time of the nodes that exist."),
        Definition(
            "tier", "tier",
            "How far from users: they are tier 1, the services that they call tier 2, and so on."),
    ]

    private static let series = [
        Definition(
            "offered", "offered",
            "Requests that arrived at the service (of users: calls that they began), per second, averaged over an interval."
        ),
        Definition(
            "goodput", "goodput",
            "Requests answered with success (of users: calls that ended well), per second, averaged over an interval."
        ),
        Definition(
            "bad", "failing share",
            "Of the requests that ended in an interval, the share that did not succeed: failures of every cause, and cancellations. Of an edge: of the attempts that ended, those that failed or timed out."
        ),
        Definition("rejected", "rejected", "Refused at once because the queue was full."),
        Definition(
            "failed", "failed",
            "Answered with a failure because a call that was needed failed or timed out: trouble that comes from below."
        ),
        Definition("shed", "shed", "Refused at once by admission control."),
        Definition(
            "expired", "expired",
            "Dropped because it had waited too long, or its deadline had passed."),
        Definition(
            "unavailable", "unavailable",
            "No replica was ready, or the one that had the request died."),
        Definition("errors", "error", "The service failed by itself."),
        Definition("conflicts", "conflict", "Another request changed the row first."),
        Definition(
            "cancelled", "cancelled", "Stopped because the caller no longer waited."),
        Definition("timeouts", "timed out", "Attempts that the caller gave up."),
        Definition(
            "latency", "latency quantiles (p50, p90, p99)",
            "Of the successful answers of an interval: from a request's arrival to its answer's departure (of users and edges: from sending to the answer's arrival). The share in the name took at most that long. Of several streams of users together, the largest."
        ),
        Definition(
            "replicas", "replicas", "Replicas that exist at the end of an interval, ready or not."),
        Definition(
            "ready", "ready replicas", "Replicas that can take requests at the end of an interval."),
        Definition(
            "wanted", "wanted replicas",
            "How many replicas the control plane wanted, from each of its decisions on."),
        Definition(
            "waiting", "queue",
            "Requests that wait for a thread at the end of an interval, over all replicas."),
        Definition(
            "requests", "requests inside",
            "Requests in the service, averaged over an interval."),
        Definition(
            "utilisation", "utilisation",
            "Core time of the compute steps begun in an interval / (replicas that exist · cores · the interval's length). A step counts where it begins, so a single interval can exceed 1."
        ),
        Definition(
            "kills", "deaths",
            "Replicas that died in an interval: by themselves, by a fault, with their node, or because their grace ended before their requests did."
        ),
        Definition(
            "drained", "drained replicas",
            "Replicas that were told to stop, as when a service is scaled in or restarted, and ended in an interval once their requests had. They are not deaths."
        ),
        Definition("hits", "hit ratio", "Cache hits / looks into the cache in an interval."),
        Definition(
            "paused", "paused",
            "Share of the replicas' time that they stood still to collect garbage."),
        Definition(
            "throttled", "throttled",
            "Share of the replicas' time that their CPU limit held them up."),
        Definition(
            "attempts", "attempts",
            "Requests sent along an edge, first attempts, retries and hedges together."),
        Definition("retries", "retries", "Attempts after the first because one failed."),
    ]

    private static let system = [
        Definition(
            "ledger", "the ledger of core time",
            "Core time travels with answers, so all of it comes to rest once, and the sum is exact. useful: told of by successes that reached their users in time. told of by failures: in failures, at users and services. late: answers whose caller had given up. dropped: requests that were stopped, or whose replica died. lost: answers that the network lost. background: requests whose end nobody waits for. unfinished: in services and on the way at the end."
        ),
        Definition(
            "causes", "causes of load",
            "Requests by what made them: first attempts all the way from the user; retries, by the tier that made them; hedges. A request that descends from a retry counts as that retry's."
        ),
        Definition(
            "amplification", "amplification",
            "Attempts of a tier / calls of that tier; and attempts for each call of a user."),
        Definition(
            "events", "events on the timeline",
            "Triggers (faults, and rises of the users' rate by more than a tenth), recovery, changes of the wanted replicas, what the control plane said, deaths of replicas, breakers that opened. Deaths and breakers are known to the interval."
        ),
        Definition(
            "effects", "loops",
            "What fed itself after the trigger: what was more at an edge or a service after it than before it, with a strength in 0...1."
        ),
        Definition(
            "digest", "digest",
            "64 bits over all events of all services, in order. The same topology, seed and duration give the same digest however the run was executed."
        ),
    ]

    private static let columns = [
        Definition(
            "columnRequests", "requests", "Requests that arrived at the service over the whole run."
        ),
        Definition(
            "columnOk", "ok", "Of the requests that ended, the share answered with success."),
        Definition(
            "columnOwn", "own failures",
            "Of the requests that ended, the share that failed for the service's own reasons: rejected, shed, expired, unavailable, error, conflict."
        ),
        Definition(
            "columnBusy", "busy",
            "Core time of all compute steps / (simulated time · replicas at first · cores), without what the steps had still to use at the end. It exceeds 1 when replicas were added."
        ),
        Definition(
            "columnInside", "mean inside", "∫ (requests in the service) dt / simulated time."),
        Definition(
            "columnCalls", "calls", "Calls made along the edge, each with all its attempts."),
        Definition("columnLate", "late", "Answers that came after the caller had given up."),
    ]

    /// The number that a measure's definition goes by.
    package static func id(of measure: Measure) -> String {
        switch measure {
        case .p50, .p90, .p99: "latency"
        case .crashes: "kills"
        case .late: "columnLate"
        case .hedges, .refused, .trips: "attempts"
        default: measure.rawValue
        }
    }
}
