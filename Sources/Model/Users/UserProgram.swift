package import Kernel

/// The users of a service compiled for execution; see ``UserStreams``.
package final class UserProgram: Sendable {
    /// By arrival stream of the service.
    let streams: [Stream]
    let tables: SamplerTables
    package let seed: UInt64
    package let service: ServiceID

    struct Modulation: BitwiseCopyable, Sendable {
        var factor: Double
        /// Mean stay in nanoseconds.
        var stay: Double
    }

    final class Stream: Sendable {
        let process: ArrivalDescription.Process
        /// Whether ``UserStreams`` plays these users.
        let isManaged: Bool
        let profile: RateProfile
        let modulations: TrivialArray<Modulation>
        /// The mean of the modulation's factors over time, and their largest.
        let meanFactor: Double
        let largestFactor: Double
        let trace: TrivialArray<SimulatedInstant>
        let population: UInt64
        let think: Sampler
        /// That a session goes on after a request.
        let continuation: Double
        /// A session's requests are numbered with so many bits.
        let sessionBits: UInt64
        let retries: UInt16
        let retryDelay: Sampler
        let persistence: Double
        let mix: EndpointMix

        /// Whether there is one user for each number in 0..<`population`.
        var isClosed: Bool { process == .closed || process == .paced }

        init(_ arrivals: ArrivalDescription, _ tables: inout SamplerTables) {
            process = arrivals.process
            isManaged = UserProgram.manages(arrivals)
            profile = arrivals.profile
            modulations = TrivialArray(
                arrivals.states.map {
                    UserProgram.Modulation(
                        factor: $0.factor, stay: Double(max($0.stay.nanoseconds, 1)))
                })
            let stays = arrivals.states.reduce(0) { $0 + Double(max($1.stay.nanoseconds, 1)) }
            meanFactor =
                arrivals.states.reduce(0) { $0 + $1.factor * Double(max($1.stay.nanoseconds, 1)) }
                / max(stays, 1)
            largestFactor = arrivals.states.reduce(0) { max($0, $1.factor) }
            trace = TrivialArray(arrivals.trace)
            population = UInt64(max(arrivals.population, 1))
            think = Sampler(arrivals.think, tables: &tables)
            let mean = max(arrivals.requestsPerSession, 1)
            continuation = 1 - 1 / mean
            // Sessions of more than 32 times the mean have a probability of 10⁻¹⁴.
            var bits: UInt64 = 4
            while bits < 24, Double(1 << bits) < 32 * mean { bits += 1 }
            sessionBits = bits
            retries = UInt16(clamping: arrivals.retries)
            retryDelay = Sampler(arrivals.retryDelay, tables: &tables)
            persistence = arrivals.persistence
            mix = EndpointMix(arrivals)
        }
    }

    package init(_ arrivals: [ArrivalDescription], service: ServiceID, seed: UInt64) {
        self.service = service
        self.seed = seed
        var tables = SamplerTables()
        streams = arrivals.map { Stream($0, &tables) }
        self.tables = tables
    }

    /// Whether ``UserStreams`` plays a stream's users: all but those who come evenly or as a Poisson
    /// process and never try again, who need no memory.
    package static func manages(_ arrivals: ArrivalDescription) -> Bool {
        switch arrivals.process {
        case .constant, .poisson: arrivals.retries > 0
        default: true
        }
    }

    package func manages(stream: Int) -> Bool { streams[stream].isManaged }
    package var managesAny: Bool { streams.contains { $0.isManaged } }

    /// The endpoint of a request of any stream, managed or not.
    package func endpoint(of request: UInt64) -> UInt16 {
        streams[RequestIdentity.stream(of: request)].mix
            .endpoint(of: request, seed: seed, service: service)
    }

    /// The call by which a user makes an attempt at a request: 0 is the first.
    package static func call(of request: UInt64, attempt: UInt16) -> UInt64 {
        let root = CallIdentity.root(request)
        return attempt == 0 ? root : CallIdentity.child(of: root, step: attempt, branch: .max)
    }

    func draw(_ purpose: DrawPurpose, _ identity: UInt64, step: Int = 0) -> DrawKey {
        DrawKey(
            seed: seed, identity: identity, purpose: purpose, service: service.rawValue,
            step: UInt16(truncatingIfNeeded: step))
    }
}
