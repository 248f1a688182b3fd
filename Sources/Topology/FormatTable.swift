/// What a value in a topology file may be. One table of these drives the decoder and the JSON Schema.
indirect enum FormatType: Sendable {
    /// A span of time with its unit; above zero where `isPositive`.
    case duration(isPositive: Bool)
    /// Arrivals with their unit.
    case rate
    /// Whole cores with their unit.
    case cores(ClosedRange<Int>)
    case count(ClosedRange<Int>)
    case number(ClosedRange<Double>, excludesLowerBound: Bool)
    case probability
    /// A number or a percentage.
    case ratio(ClosedRange<Double>)
    /// An amount of memory with its unit.
    case memory
    /// A part of a core, or several, as Kubernetes writes it: `500m`, `1.5 cores`.
    case processor
    /// Replicas of a service: `all`, the first so many, or a share of them.
    case replicas
    case boolean
    /// A name: see ``NameRule``.
    case name
    /// The name of a service, or of one of its endpoints as `service.endpoint`.
    case reference
    case choice([String])
    /// The path of a file beside the topology.
    case file
    case list(FormatType, count: ClosedRange<Int>)
    /// A mapping from names that the user chooses.
    case named(FormatType, count: ClosedRange<Int>)
    /// One of ``TopologyFormat/objects``.
    case object(FormatObject.Name)
    case anyOf([FormatType])
}

/// One key of a mapping.
struct FormatKey: Sendable {
    let name: String
    let type: FormatType
    let isRequired: Bool
    /// As it would be written in the file; the decoder reads it like that.
    let defaultText: String?
    let summary: String

    init(
        _ name: String, _ type: FormatType, isRequired: Bool = false, defaultText: String? = nil,
        _ summary: String
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.defaultText = defaultText
        self.summary = summary
    }
}

/// A mapping with known keys.
struct FormatObject: Sendable {
    enum Name: String, Sendable, CaseIterable {
        case topology, network, edge, service, threads, step, call, weightedCall, arrivals
        case spike, rateForm, ramp, rateStep
        case endpoint, gather, choice, sometimes, loop, cached, locked, message
        case cpuLimit, slowdown, universal, slowdownPoint, memory, oddReplica
        case queue, adaptiveLIFO, controlledDelay
        case admission, bucket, rateLimit, shedding, adaptiveLimit, aimd, vegas, gradient
        case lifeCycle, warmUp, probe, crashBackoff
        case keyspace, cache, lock, replication, messageQueue
        case callPolicy, retries, backoff, budget, ratioBudget, tokenBudget, bucketBudget
        case shareBudget, hedge, breaker, failureRate, pool, bulkhead, throttle, ejection
        case callerBalancing
        case diurnal, modulationState, userRetries
        case fault, replicaFault, slowFault, errorFault, downFault, zone, latencyFault, lossFault
        case partitionFault, flushFault, coresFault, change, randomSchedule, condition
        case scaling, metricsPipeline, scalingPolicy, coordination, graph, learnedGraph, forecast
        case verticalScaling, verticalControllers, allowedResources, quota, provisioningRequest
        case linearForecast, holtWinters, oracle
        case replicaScaling, podRequests, startUp, controller
        case cluster, nodePool, clusterAutoscaler, placeholders
        case distribution, erlang, gamma, lognormal, lognormalMoments, weibull, pareto, branch
    }

    let name: Name
    let summary: String
    let keys: [FormatKey]
    /// Of these keys exactly one must be there; empty when there is no such rule.
    let exactlyOneOf: [String]
    /// For keys that belong elsewhere or have another name: what to write.
    let misplaced: [String: String]

    init(
        _ name: Name, _ summary: String, exactlyOneOf: [String] = [],
        misplaced: [String: String] = [:], _ keys: [FormatKey]
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.exactlyOneOf = exactlyOneOf
        self.misplaced = misplaced
    }

    func key(_ name: String) -> FormatKey? { keys.first { $0.name == name } }
}

/// What names of services, endpoints and arrivals look like.
enum NameRule {
    static let pattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
    static let words =
        "use 1 to 63 letters, digits, `-` and `_`, the first a letter or a digit"

    static func accepts(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 63 else { return false }
        return isLetterOrDigit(first)
            && bytes.allSatisfy {
                isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
