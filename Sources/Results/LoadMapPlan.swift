package import ControlPlane
package import Coordination
package import Kernel
package import Model
package import Topology

/// The runs of a map: a topology at other loads and with triggers of other lengths.
package struct LoadMapPlan: Sendable {
    /// One run.
    package struct Cell: Hashable, Sendable {
        /// Index into ``loads``.
        package var load: Int
        /// Index into ``triggers``.
        package var trigger: Int
        package var seed: UInt64
    }

    package let topology: TopologyFile
    /// Shares of the users' rates in the file, ascending.
    package let loads: [Double]
    /// Ascending.
    package let triggers: [SimulatedDuration]
    /// By load, then by trigger, then by seed.
    package let cells: [Cell]
    /// What is changed, in words.
    package let triggerNames: [String]
    /// When the first trigger begins.
    package let from: SimulatedInstant
    private let checkpointInterval: SimulatedDuration

    /// The most runs of a map.
    package static let mostRuns = 20_000

    /// Throws when the topology has nothing whose length can be changed, or users whose load cannot be.
    package init(
        _ topology: TopologyFile, loads: [Double], triggers: [SimulatedDuration], seeds: [UInt64]
    ) throws(ResultError) {
        self.topology = topology
        self.loads = loads
        self.triggers = triggers
        cells = loads.indices.flatMap { load in
            triggers.indices.flatMap { trigger in
                seeds.map { Cell(load: load, trigger: trigger, seed: $0) }
            }
        }
        let end = SimulatedInstant.start + topology.duration
        let found = topology.model.adjustableTriggers(before: end)
        triggerNames = found.map(\.name)
        guard let first = found.map(\.from).min() else {
            throw ResultError(
                path: topology.name,
                message: "has no trigger whose length could be changed",
                remedy: "give it a spike of users' requests, or a fault with `until`")
        }
        from = first
        if let stream = topology.model.services.flatMap(\.arrivals).first(where: {
            $0.process == .trace
        }) {
            throw ResultError(
                path: topology.name,
                message:
                    "the users `\(stream.name)` come as a trace says, whose load cannot be scaled",
                remedy: "give them a rate")
        }
        checkpointInterval = RunSettings.checkpointInterval(for: topology.duration)
    }

    /// When the last trigger ends.
    package func until(_ cell: Cell) -> SimulatedInstant {
        let end = SimulatedInstant.start + topology.duration
        let starts = topology.model.adjustableTriggers(before: end).map(\.from)
        return (starts.max() ?? from) + triggers[cell.trigger]
    }

    /// The time after the triggers and faults is that of the file, or longer where a long trigger needs it.
    package func settings(_ cell: Cell) -> RunSettings {
        let end = SimulatedInstant.start + topology.duration
        let last = topology.model.adjustableTriggers(before: end).map(\.until).max() ?? end
        let longest = triggers.last ?? .zero
        let rest = max(end - last, longest * 6 / 10, .seconds(10))
        // What else happens, whatever the length of the triggers, has to be over as long before.
        let others = topology.model.lastMomentaryFault(before: end)
        return RunSettings(
            seed: cell.seed,
            duration: max(until(cell) + rest, others + max(rest, Self.restartTime)) - .start,
            checkpointInterval: checkpointInterval)
    }

    /// What is left at least after a kill, for replicas to start and users to fare well for a while.
    private static let restartTime = SimulatedDuration.seconds(20)

    /// How the model is scaled, if it is.
    package var scaling: ScalingPlan? { topology.scaling }

    package func model(_ cell: Cell) -> ModelDescription {
        topology.model
            .withTriggers(lasting: triggers[cell.trigger], before: .start + topology.duration)
            .withLoad(loads[cell.load])
    }

    /// Judges a finished run.
    package func recovery(
        _ cell: Cell, _ outcome: RunOutcome, _ model: ModelDescription
    ) -> Recovery {
        let series = RunSeries(model: model, outcome: outcome, interval: checkpointInterval)
        return Recovery(
            series.users, interval: checkpointInterval.seconds, calmUntil: from.seconds,
            from: from.seconds, until: until(cell).seconds, horizon: outcome.end.seconds)
    }
}

extension ModelDescription {
    struct AdjustableTrigger {
        var name: String
        var from: SimulatedInstant
        var until: SimulatedInstant
    }

    /// Spikes of users' rates, and faults that last a time that is given.
    func adjustableTriggers(before end: SimulatedInstant) -> [AdjustableTrigger] {
        var found: [AdjustableTrigger] = []
        for stream in services.flatMap(\.arrivals) where stream.hasRate {
            if let spike = stream.profile.firstSpike(before: end) {
                found.append(
                    AdjustableTrigger(
                        name: "spike of \(stream.name)", from: spike.from, until: spike.until))
            }
        }
        for fault in faults {
            guard case .window(let from, let until?) = fault.schedule, !fault.effect.isMomentary,
                from < end
            else { continue }
            found.append(
                AdjustableTrigger(name: "fault \(fault.name)", from: from, until: min(until, end)))
        }
        return found
    }

    /// The last of the faults that happen at an instant, such as kills; or the start.
    func lastMomentaryFault(before end: SimulatedInstant) -> SimulatedInstant {
        faults.reduce(.start) { last, fault in
            guard case .window(let from, _) = fault.schedule, fault.effect.isMomentary, from < end
            else { return last }
            return max(last, from)
        }
    }

    /// The same with these triggers lasting `duration`; they are left out when that is zero.
    func withTriggers(
        lasting duration: SimulatedDuration, before end: SimulatedInstant
    ) -> ModelDescription {
        var model = self
        for service in model.services.indices {
            for stream in model.services[service].arrivals.indices
            where model.services[service].arrivals[stream].hasRate {
                let profile = model.services[service].arrivals[stream].profile
                model.services[service].arrivals[stream].profile = profile.withFirstSpike(
                    lasting: duration, before: end)
            }
        }
        model.faults = faults.compactMap { fault in
            guard case .window(let from, _?) = fault.schedule, !fault.effect.isMomentary,
                from < end
            else { return fault }
            if duration == .zero { return nil }
            var fault = fault
            fault.schedule = .window(from: from, until: from + duration)
            return fault
        }
        return model
    }

    /// The same with `factor` times as many users.
    func withLoad(_ factor: Double) -> ModelDescription {
        var model = self
        for service in model.services.indices {
            for stream in model.services[service].arrivals.indices {
                let arrival = model.services[service].arrivals[stream]
                model.services[service].arrivals[stream].profile = RateProfile(
                    points: arrival.profile.points.map {
                        RateProfile.Point(
                            instant: $0.instant, rate: min($0.rate * factor, RateProfile.mostRate))
                    })
                if arrival.population > 0 {
                    let scaled = (Double(arrival.population) * factor).rounded()
                    model.services[service].arrivals[stream].population = max(Int(scaled), 1)
                }
            }
        }
        return model
    }
}

extension RateProfile {
    func firstSpike(
        before end: SimulatedInstant
    ) -> (from: SimulatedInstant, until: SimulatedInstant)? {
        for rise in rises(before: end) {
            if let until = rise.until, until > rise.from { return (rise.from, until) }
        }
        return nil
    }

    /// The same with its first spike stretched or shortened to `duration`; what follows comes sooner
    /// or later by as much.
    func withFirstSpike(
        lasting duration: SimulatedDuration, before end: SimulatedInstant
    ) -> RateProfile {
        guard let spike = firstSpike(before: end) else { return self }
        let change = duration - (spike.until - spike.from)
        let after = rate(at: spike.until)
        let before = points.filter { $0.instant < spike.from }
        let rest = points.filter { $0.instant > spike.until }.map {
            Point(instant: $0.instant + change, rate: $0.rate)
        }
        if duration == .zero {
            return RateProfile(
                points: before + [Point(instant: spike.from, rate: after)] + rest)
        }
        let stretch = duration.seconds / (spike.until - spike.from).seconds
        let inside = points.filter { $0.instant >= spike.from && $0.instant <= spike.until }.map {
            point in
            let place =
                point.instant == spike.until
                ? duration
                : SimulatedDuration(seconds: (point.instant - spike.from).seconds * stretch)
            return Point(instant: spike.from + place, rate: point.rate)
        }
        return RateProfile(points: before + inside + rest)
    }
}
