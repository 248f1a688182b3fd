package import Kernel

/// What the active faults of a service do together. Made afresh whenever one comes or goes.
///
/// Overlapping faults multiply (slowness), combine as independent chances (errors, loss), add up
/// (latency), or the least counts (cores); of several policies for one callee the last in the file
/// holds.
package struct FaultEffects: Sendable {
    /// On one replica.
    package struct OnReplica: BitwiseCopyable, Hashable, Sendable {
        /// Compute steps take this many times as long; in the range of ``ModelLimits/factor``.
        package var slowness = 1.0
        /// The probability that a request fails at once.
        package var errorRate = 0.0
        package var isDown = false

        package init() {}
    }

    /// On the messages to one peer, and the calls of it.
    package struct OnPeer: BitwiseCopyable, Hashable, Sendable {
        /// The probability that a message is lost.
        package var loss = 0.0
        /// The fault, an index into the program's, whose policy and time-out hold; -1: the usual.
        package var policyFault: Int32 = -1
        /// Faults that add latency: a range of `delays`.
        var firstDelay: Int32 = 0
        var delayCount: Int32 = 0
        /// Whether messages must be looked at one by one.
        package var touchesMessages: Bool { loss > 0 || delayCount > 0 }
    }

    private struct Delay: BitwiseCopyable {
        var number: UInt32
        var sampler: Sampler
    }

    package private(set) var replicas: TrivialArray<OnReplica>
    /// By position of the peer.
    package private(set) var peers: TrivialArray<OnPeer>
    /// Cores of each replica.
    package private(set) var cores: Int
    private var delays = TrivialArray<Delay>()

    /// The effects of the faults that are active in `timeline`. O(faults · (replicas + peers)).
    package init(_ timeline: FaultTimeline, _ program: FaultProgram) {
        replicas = TrivialArray(repeating: OnReplica(), count: program.replicas)
        peers = TrivialArray(repeating: OnPeer(), count: program.peers.count)
        cores = program.cores
        for (index, fault) in program.faults.enumerated() where timeline.isActive(index) {
            add(fault.effect, index, program)
        }
        for peer in peers.indices { collectDelays(of: peer, timeline, program) }
    }

    private mutating func add(_ effect: ServiceFaultEffect, _ index: Int, _ program: FaultProgram) {
        switch effect {
        case .kill, .restart, .flush, .latency: break
        case .down(let hit): for replica in hit { replicas[replica].isDown = true }
        case .slow(let hit, let factor):
            for replica in hit {
                let product = replicas[replica].slowness * factor
                replicas[replica].slowness = min(
                    max(product, ModelLimits.leastFactor), ModelLimits.factor)
            }
        case .errors(let hit, let probability):
            for replica in hit {
                replicas[replica].errorRate = either(replicas[replica].errorRate, probability)
            }
        case .loss(let to, let probability):
            for peer in positions(of: to, program) {
                peers[peer].loss = either(peers[peer].loss, probability)
            }
        case .cores(let count): cores = min(cores, count)
        case .policy(let to, _, _):
            for peer in positions(of: [to], program) { peers[peer].policyFault = Int32(index) }
        }
    }

    private mutating func collectDelays(
        of peer: Int, _ timeline: FaultTimeline, _ program: FaultProgram
    ) {
        peers[peer].firstDelay = Int32(delays.count)
        for (index, fault) in program.faults.enumerated() where timeline.isActive(index) {
            if case .latency(let to, _) = fault.effect, to.contains(program.peers[peer]),
                let sampler = program.latencies[index]
            {
                delays.append(Delay(number: UInt32(fault.number), sampler: sampler))
            }
        }
        peers[peer].delayCount = Int32(delays.count) - peers[peer].firstDelay
    }

    private func positions(of services: [ServiceID], _ program: FaultProgram) -> [Int] {
        program.peers.indices.filter { services.contains(program.peers[$0]) }
    }

    /// The probability that one of two independent things happens.
    private func either(_ first: Double, _ second: Double) -> Double {
        first + second - first * second
    }
}

extension FaultEffects {
    /// Whether a message of `call` to the peer at `position` is lost.
    package func loses(
        call: UInt64, isResponse: Bool, toPeer position: Int, _ program: FaultProgram
    ) -> Bool {
        let loss = peers[position].loss
        if loss <= 0 { return false }
        let key = DrawKey(
            seed: program.seed, identity: call, purpose: .messageLoss,
            service: program.service.rawValue, step: isResponse ? 1 : 0)
        return key.uniform() < loss
    }

    /// What faults add to the latency of a message of `call` to the peer at `position`; no more than
    /// ``Sampler/longest`` in all.
    package func addedLatency(
        call: UInt64, isResponse: Bool, toPeer position: Int, _ program: FaultProgram
    ) -> SimulatedDuration {
        let onPeer = peers[position]
        var sum = SimulatedInstant.start
        for index in onPeer.firstDelay..<(onPeer.firstDelay + onPeer.delayCount) {
            let delay = delays[Int(index)]
            // The fault's number takes the place of the service, the high step tells the draw from
            // those of the timeline.
            let key = DrawKey(
                seed: program.seed, identity: call, purpose: .fault, service: delay.number,
                step: isResponse ? 0x8001 : 0x8000)
            sum = sum.advanced(saturatingBy: delay.sampler.sample(key, program.tables))
        }
        return min(sum - .start, Sampler.longest)
    }

    /// The policy that holds for calls of the peer at `position`, if a fault has changed it.
    package func policy(
        forPeer position: Int, _ program: FaultProgram
    ) -> (policy: CallPolicy, timeout: SimulatedDuration?)? {
        let index = Int(peers[position].policyFault)
        guard index >= 0, case .policy(_, let policy, let timeout) = program.faults[index].effect
        else { return nil }
        return (policy, timeout)
    }
}

extension FaultEffects: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.writeArray(replicas)
        writer.writeArray(peers)
        writer.writeState(cores)
        writer.writeArray(delays)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        replicas = try reader.readArray()
        peers = try reader.readArray()
        cores = try reader.readState()
        delays = try reader.readArray()
    }
}
