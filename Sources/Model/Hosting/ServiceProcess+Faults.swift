import Kernel

// Faults come and go.
extension ServiceProcess {
    private func metrics(_ program: ServiceProgram) -> FaultMetrics {
        guard program.host.faults.hasConditions else { return FaultMetrics() }
        var metrics = FaultMetrics()
        var (busy, running) = (0, 0)
        for replica in replicas.indices {
            metrics.queue += Int(replicas[replica].waiting)
            metrics.requests += Int(replicas[replica].requests)
            busy += Int(replicas[replica].busyCores)
            if hosting[0].lives.count == 0 || hosting[0].lives[replica].isServing { running += 1 }
        }
        let cores = running * hosting[0].effects.cores
        metrics.utilisation = cores > 0 ? Double(busy) / Double(cores) : 0
        metrics.readyReplicas = hosting[0].readyCount
        return metrics
    }

    /// One fault begins or ends; or conditions are looked at, and nothing comes of it.
    mutating func changeFault(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let metrics = metrics(program)
        guard
            let change = hosting[0].timeline.takeNext(
                at: now, metrics: metrics, program.host.faults)
        else {
            note(.fault, detail: 2, at: now, call: 0, request: 0, program, &effects)
            return
        }
        let fault = program.host.faults.faults[change.fault]
        note(
            .fault, detail: change.begins ? 1 : 0, at: now, call: UInt64(fault.number), request: 0,
            program, &effects)
        let before = hosting[0].effects
        hosting[0].effects = FaultEffects(hosting[0].timeline, program.host.faults)
        applyPolicies(program)
        switch fault.effect {
        case .kill(let hit) where change.begins:
            for replica in hit {
                let actions = hosting[0].lives[replica].kill(at: now, program.host.lifeCycle)
                follow(actions, of: replica, at: now, program, &effects)
            }
        case .restart(let hit) where change.begins:
            for replica in hit {
                let actions = hosting[0].lives[replica].stop(
                    at: now, restarts: true, program.host.lifeCycle)
                follow(actions, of: replica, at: now, program, &effects)
            }
        case .down(let hit): holdDown(hit, before, at: now, program, &effects)
        case .slow(let hit, _):
            for replica in hit { updateSpeed(of: replica, at: now, program) }
        case .cores: changeCores(at: now, program)
        case .flush(let cache) where change.begins:
            if data.count > 0 { flush(cache, program) }
        default: break
        }
    }

    private mutating func holdDown(
        _ hit: [Int], _ before: FaultEffects, at now: SimulatedInstant, _ program: ServiceProgram,
        _ effects: inout Effects
    ) {
        for replica in hit {
            let isDown = hosting[0].effects.replicas[replica].isDown
            guard isDown != before.replicas[replica].isDown else { continue }
            let actions =
                isDown
                ? hosting[0].lives[replica].hold(at: now, program.host.lifeCycle)
                : hosting[0].lives[replica].release(at: now, program.host.lifeCycle)
            follow(actions, of: replica, at: now, program, &effects)
        }
    }

    private mutating func changeCores(at now: SimulatedInstant, _ program: ServiceProgram) {
        let cores = hosting[0].effects.cores
        for replica in replicas.indices {
            hosting[0].pacers[replica].setCores(cores, at: now)
            startNextPaced(of: replica, at: now, program)
            notePace(of: replica, at: now, program)
        }
    }

    /// Puts the policies into force that faults now call for.
    private mutating func applyPolicies(_ program: ServiceProgram) {
        guard calling.count > 0 else { return }
        for edge in 0..<program.edgeCount {
            let usual = program.usualPolicies[edge]
            guard usual >= 0,
                let peer = program.configuration.peers.firstIndex(
                    of: program.configuration.outgoing[edge].target)
            else { continue }
            let fault = Int(hosting[0].effects.peers[peer].policyFault)
            let wanted = fault >= 0 ? program.host.faultPolicies[fault] : usual
            if calling[0].policies[edge] == wanted { continue }
            calling[0].policies[edge] = wanted
            calling[0].begin(program.policies[Int(wanted)], edge: edge, isFirst: false)
        }
    }

    /// What faults do to a message: they may lose it, and else delay it.
    ///
    /// `edge` is that of a request or a cancellation, for the books; -1 of an answer.
    ///
    /// - Returns: whether it is lost.
    @inline(never)
    mutating func isDisturbed(
        _ arrival: inout SimulatedInstant, call: UInt64, to peer: Int32, edge: Int,
        _ program: ServiceProgram
    ) -> Bool {
        let position = Int(peer)
        guard hosting[0].effects.peers[position].touchesMessages else { return false }
        let isResponse = edge < 0
        if hosting[0].effects.loses(
            call: call, isResponse: isResponse, toPeer: position, program.host.faults)
        {
            if isResponse { counters.answersLost += 1 } else { edges[edge].lost += 1 }
            return true
        }
        arrival =
            arrival
            + hosting[0].effects.addedLatency(
                call: call, isResponse: isResponse, toPeer: position, program.host.faults)
        return false
    }
}
