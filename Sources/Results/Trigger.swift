package import Kernel
package import Model

/// Something that happens to the system from outside: more load, or a fault.
package struct Trigger: Hashable, Sendable {
    /// In words that can follow "the": `spike of users' requests`, `fault slow-db`.
    package var name: String
    package var from: SimulatedInstant
    /// `nil`: it lasts to the end of the run.
    package var until: SimulatedInstant?

    package init(name: String, from: SimulatedInstant, until: SimulatedInstant?) {
        self.name = name
        self.from = from
        self.until = until
    }
}

extension Trigger {
    /// What happens to a model before `end`, by instant: faults at fixed or random times, and rises of
    /// the users' rate by more than a tenth of what it was at first.
    ///
    /// Faults that wait for a condition are not known before the run and left out. So is a change of a
    /// policy for good when something else happened before: that is a cure.
    package static func all(
        in model: ModelDescription, seed: UInt64, end: SimulatedInstant
    ) -> [Trigger] {
        let faults = model.faults.flatMap { scheduled($0, end: end) }
        let others = (faults + random(in: model, seed: seed, end: end) + rises(in: model, end: end))
        let first = others.map(\.from).min() ?? .never
        let changes = model.faults.compactMap { fault -> Trigger? in
            guard case .policy = fault.effect, case .window(let from, nil) = fault.schedule,
                from < min(end, first)
            else { return nil }
            return Trigger(name: "change \(fault.name)", from: from, until: nil)
        }
        return (others + changes).sorted {
            ($0.from, $0.until ?? .never, $0.name) < ($1.from, $1.until ?? .never, $1.name)
        }
    }

    private static func scheduled(_ fault: FaultDescription, end: SimulatedInstant) -> [Trigger] {
        guard case .window(let from, let until) = fault.schedule, from < end else { return [] }
        if case .policy = fault.effect, until == nil { return [] }
        let name = "fault \(fault.name)"
        if fault.effect.isMomentary { return [Trigger(name: name, from: from, until: from)] }
        return [Trigger(name: name, from: from, until: until.flatMap { $0 < end ? $0 : nil })]
    }

    /// Faults at random times, as the run's own draws have them; at most a thousand.
    private static func random(
        in model: ModelDescription, seed: UInt64, end: SimulatedInstant
    ) -> [Trigger] {
        let isRandom = model.faults.map { fault in
            if case .random = fault.schedule { true } else { false }
        }
        guard isRandom.contains(true) else { return [] }
        var found: [Trigger] = []
        var known = Set<Int>()
        for service in SystemLayout(model, seed: seed).services {
            let own = service.context.faults
            guard own.contains(where: { isRandom[$0.number] && !known.contains($0.number) }) else {
                continue
            }
            let program = FaultProgram(
                own, seed: seed, service: service.id, replicas: service.description.replicas,
                cores: service.description.cores, peers: service.peers)
            var timeline = FaultTimeline(program)
            timeline.prepareForChanges()
            var begun: [Int: SimulatedInstant] = [:]
            while timeline.nextInstant < end, found.count < 1_000 {
                let now = timeline.nextInstant
                while let change = timeline.takeNext(at: now, metrics: FaultMetrics(), program) {
                    let number = own[change.fault].number
                    guard isRandom[number], !known.contains(number) else { continue }
                    if change.begins {
                        begun[number] = now
                    } else if let from = begun.removeValue(forKey: number) {
                        let isMomentary = model.faults[number].effect.isMomentary
                        found.append(
                            Trigger(
                                name: "fault \(model.faults[number].name)", from: from,
                                until: isMomentary ? from : now))
                    }
                }
            }
            for (number, from) in begun.sorted(by: { $0.key < $1.key }) {
                let isMomentary = model.faults[number].effect.isMomentary
                found.append(
                    Trigger(
                        name: "fault \(model.faults[number].name)", from: from,
                        until: isMomentary ? from : nil))
            }
            known.formUnion(own.map(\.number))
        }
        return found
    }

    /// Times at which the users' rate, all streams together, is above what it was at first.
    private static func rises(in model: ModelDescription, end: SimulatedInstant) -> [Trigger] {
        let profiles = model.services.flatMap(\.arrivals).filter(\.hasRate).map(\.profile)
        guard profiles.reduce(0, { $0 + $1.points.count }) <= 100_000 else { return [] }
        return RateProfile.sum(of: profiles).rises(before: end).map { rise in
            Trigger(
                name: rise.until == nil ? "rise of the users' rate" : "spike of users' requests",
                from: rise.from, until: rise.until)
        }
    }
}

extension FaultEffect {
    /// Whether it is over at once, whatever it leaves behind.
    package var isMomentary: Bool {
        switch self {
        case .kill, .restart, .flush: true
        default: false
        }
    }
}

extension ArrivalDescription {
    /// Whether its profile says how many requests come.
    package var hasRate: Bool {
        switch process {
        case .constant, .poisson, .modulated, .sessions: true
        case .trace, .closed, .paced: false
        }
    }
}

extension RateProfile {
    /// All rates together.
    static func sum(of profiles: [RateProfile]) -> RateProfile {
        if profiles.count == 1 { return profiles[0] }
        let instants = Set(profiles.flatMap { $0.points.map(\.instant) }).sorted()
        let jumps = profiles.map(\.jumps)
        var points: [Point] = []
        for instant in instants {
            // Before the jump, if there is one, and after it.
            let just = instant - SimulatedDuration(nanoseconds: 1)
            var before = 0.0
            var after = 0.0
            for (profile, jumps) in zip(profiles, jumps) {
                let rate = profile.rate(at: instant)
                before += jumps.contains(instant) ? profile.rate(at: just) : rate
                after += rate
            }
            if before != after { points.append(Point(instant: instant, rate: before)) }
            points.append(Point(instant: instant, rate: after))
        }
        return points.isEmpty ? RateProfile(constant: 0) : RateProfile(points: points)
    }

    /// Instants that two points share.
    private var jumps: Set<SimulatedInstant> {
        Set(zip(points, points.dropFirst()).filter { $0.instant == $1.instant }.map(\.0.instant))
    }

    /// When the rate is more than a tenth above the first that is not zero; the end of a rise is `nil`
    /// when it lasts to `end`.
    ///
    /// A slope counts from where it begins to where it ends.
    func rises(
        before end: SimulatedInstant
    ) -> [(from: SimulatedInstant, until: SimulatedInstant?)] {
        guard let first = points.firstIndex(where: { $0.rate > 0 }) else { return [] }
        let bound = points[first].rate * 1.1
        var found: [(from: SimulatedInstant, until: SimulatedInstant?)] = []
        var since: SimulatedInstant?
        for index in points.indices.dropFirst(first + 1) where points[index - 1].instant < end {
            // A slope that ends after the run has come only so far by its end.
            let isWithin = points[index].instant < end
            let reached = isWithin ? points[index].rate : rate(at: end)
            if reached > bound {
                if since == nil, isWithin || points[index].instant > points[index - 1].instant {
                    since = points[index - 1].instant
                }
            } else if let from = since, isWithin {
                found.append((from, points[index].instant))
                since = nil
            }
        }
        if let since { found.append((since, nil)) }
        return found
    }
}
