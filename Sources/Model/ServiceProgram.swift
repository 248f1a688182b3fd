package import Kernel

/// A service compiled for execution: flat arrays of trivial values, no names.
package final class ServiceProgram: Sendable {
    package let configuration: ServiceConfiguration
    /// Digests are noted at multiples of this.
    package let checkpointInterval: SimulatedDuration
    let steps: TrivialArray<Step>
    /// By endpoint: its first step.
    let endpointStarts: TrivialArray<Int32>
    let calls: TrivialArray<Call>
    /// By route: where and how late an answer arrives.
    let replies: TrivialArray<Reply>
    let streams: [Stream]
    /// Outgoing edges; the edge counters of the streams follow theirs.
    let edgeCount: Int
    let tables: SamplerTables
    let seed: UInt64
    let service: ServiceID
    /// The peer that is this service itself; -1 if it does not call itself.
    let ownPeer: Int32
    let replicas: Int
    let cores: Int32
    let threads: Int32
    let queueLimit: Int32
    let holdsThreadDuringCalls: Bool
    let balancing: Balancing

    /// Latency series of the service: 0 its own answers, then one for each outgoing edge, then one
    /// for each arrival stream.
    package var seriesCount: Int { 1 + edgeCount + streams.count }

    struct Step: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable { case compute, call, choose, finish }
        var kind: Kind
        var number: UInt16
        var first: Int32 = 0
        var count: Int32 = 0
        var sampler: Sampler
    }

    struct Call: BitwiseCopyable {
        var peer: Int32
        var edge: Int32
        var endpoint: UInt16
        var route: UInt16
        var branch: UInt16
        var isOptional: Bool
        /// Of a call that may be left out.
        var probability: Double
        /// Of a choice: the summed weight up to and including this call, over the sum of all.
        var cumulativeWeight: Double
        var timeout: SimulatedDuration
        var hasTimeout: Bool
        var latency: Sampler
    }

    struct Reply: BitwiseCopyable {
        var peer: Int32
        var latency: Sampler
    }

    struct Stream {
        var endpoint: UInt16
        var isPoisson: Bool
        var hasTimeout: Bool
        var timeout: SimulatedDuration
        var profile: RateProfile
    }

    package init(_ configuration: ServiceConfiguration, checkpointInterval: SimulatedDuration) {
        let description = configuration.description
        self.configuration = configuration
        self.checkpointInterval = checkpointInterval
        seed = configuration.seed
        service = configuration.id
        ownPeer = configuration.peers.firstIndex(of: configuration.id).map { Int32($0) } ?? -1
        replicas = description.replicas
        cores = Int32(clamping: description.cores)
        threads = description.threads.map { Int32(clamping: $0) } ?? .max
        queueLimit = description.queueLimit.map { Int32(clamping: $0) } ?? .max
        holdsThreadDuringCalls = description.holdsThreadDuringCalls
        balancing = description.balancing

        var compiler = Compiler(configuration: configuration)
        for endpoint in description.endpoints { compiler.compile(endpoint) }
        replies = TrivialArray(
            configuration.incoming.map { edge in
                Reply(
                    peer: compiler.peer(edge.source),
                    latency: Sampler(edge.responseLatency, tables: &compiler.tables))
            })
        steps = TrivialArray(compiler.steps)
        calls = TrivialArray(compiler.calls)
        endpointStarts = TrivialArray(compiler.endpointStarts)
        edgeCount = configuration.outgoing.count
        tables = compiler.tables
        streams = description.arrivals.map { arrival in
            Stream(
                endpoint: UInt16(arrival.endpoint), isPoisson: arrival.process == .poisson,
                hasTimeout: arrival.timeout != nil, timeout: arrival.timeout ?? .zero,
                profile: arrival.profile)
        }
    }
}

/// Turns endpoints into flat steps and calls.
private struct Compiler {
    let configuration: ServiceConfiguration
    var steps: [ServiceProgram.Step] = []
    var calls: [ServiceProgram.Call] = []
    var endpointStarts: [Int32] = []
    var tables = SamplerTables()
    private let nothing: Sampler

    init(configuration: ServiceConfiguration) {
        self.configuration = configuration
        var unused = SamplerTables()
        nothing = Sampler(Distribution(.deterministic(value: 0)), tables: &unused)
    }

    func peer(_ service: ServiceID) -> Int32 {
        Int32(configuration.peers.firstIndex(of: service) ?? 0)
    }

    mutating func compile(_ endpoint: EndpointDescription) {
        endpointStarts.append(Int32(steps.count))
        for step in endpoint.steps {
            switch step {
            case .compute(let distribution):
                append(.compute, sampler: Sampler(distribution, tables: &tables))
            case .call(let descriptions):
                let first = calls.count
                for (branch, call) in descriptions.enumerated() {
                    append(call, branch: branch, cumulativeWeight: 1)
                }
                append(.call, first: first, count: descriptions.count)
            case .oneOf(let choices):
                let first = calls.count
                let total = choices.reduce(0) { $0 + $1.weight }
                var sum = 0.0
                for (branch, choice) in choices.enumerated() {
                    sum += choice.weight
                    append(choice.call, branch: branch, cumulativeWeight: sum / total)
                }
                append(.choose, first: first, count: choices.count)
            default: break
            }
        }
        append(.finish)
    }

    private mutating func append(
        _ kind: ServiceProgram.Step.Kind, first: Int = 0, count: Int = 0, sampler: Sampler? = nil
    ) {
        steps.append(
            ServiceProgram.Step(
                kind: kind, number: UInt16(truncatingIfNeeded: steps.count), first: Int32(first),
                count: Int32(count), sampler: sampler ?? nothing))
    }

    private mutating func append(_ call: CallDescription, branch: Int, cumulativeWeight: Double) {
        let edge = configuration.outgoing.firstIndex { $0.target == call.target } ?? 0
        calls.append(
            ServiceProgram.Call(
                peer: peer(call.target), edge: Int32(edge), endpoint: UInt16(call.endpoint),
                route: configuration.outgoing[edge].route, branch: UInt16(branch),
                isOptional: call.isOptional, probability: call.probability,
                cumulativeWeight: cumulativeWeight, timeout: call.timeout ?? .zero,
                hasTimeout: call.timeout != nil,
                latency: Sampler(call.requestLatency, tables: &tables)))
    }
}
