import Kernel

/// Reads rates over time.
struct RateReading {
    let companions: CompanionFiles
    /// Until when the run goes unless the command line says otherwise; nil if that is wrong.
    let end: SimulatedDuration?

    /// A plain rate or one of the forms of a changing one; nil after logging.
    func profile(_ field: Field) -> RateProfile? {
        guard case .mapping(let entries) = field.node.content else {
            return field.rate().map { RateProfile(constant: $0) }
        }
        if entries.contains(where: { TopologyFormat.object(.spike).key($0.key) != nil }) {
            return spike(field)
        }
        guard let reader = ObjectReader(.rateForm, field), let (name, value) = reader.chosen else {
            return nil
        }
        return switch name {
        case "ramp": ramp(value)
        case "steps": steps(value, reader)
        case "points": points(value, reader)
        case "diurnal": diurnal(value)
        default: companions.profile(value) { csv($0, $1, value.log) }
        }
    }

    private func spike(_ field: Field) -> RateProfile? {
        guard let reader = ObjectReader(.spike, field) else { return nil }
        let (base, spike) = (reader.rate("base"), reader.rate("spike"))
        let (from, until) = (reader.duration("from"), reader.duration("until"))
        guard let base, let spike, let from, let until else { return nil }
        guard from < until else {
            field.fail("`from` is not before `until`", "write a later `until`")
            return nil
        }
        return RateProfile(points: [
            .init(instant: .start + from, rate: base), .init(instant: .start + from, rate: spike),
            .init(instant: .start + until, rate: spike), .init(instant: .start + until, rate: base),
        ])
    }

    private func ramp(_ field: Field) -> RateProfile? {
        guard let reader = ObjectReader(.ramp, field) else { return nil }
        let (low, high) = (reader.rate("from"), reader.rate("to"))
        let (start, end) = (reader.duration("start"), reader.duration("end"))
        guard let low, let high, let start, let end else { return nil }
        guard start < end else {
            field.fail("`start` is not before `end`", "write a later `end`")
            return nil
        }
        return RateProfile(points: [
            .init(instant: .start + start, rate: low), .init(instant: .start + end, rate: high),
        ])
    }

    /// Steps hold until the next: every change is a jump, two points at one instant.
    private func steps(_ field: Field, _ reader: ObjectReader) -> RateProfile? {
        guard let given = list(reader, "steps") else { return nil }
        guard inOrder(given, mostAtOneInstant: 1) else { return nil }
        var points: [RateProfile.Point] = []
        for (_, step) in given {
            if let last = points.last {
                points.append(.init(instant: step.instant, rate: last.rate))
            }
            points.append(step)
        }
        return RateProfile(points: points)
    }

    private func points(_ field: Field, _ reader: ObjectReader) -> RateProfile? {
        guard let given = list(reader, "points"), inOrder(given, mostAtOneInstant: 2) else {
            return nil
        }
        return RateProfile(points: given.map(\.point))
    }

    private func list(
        _ reader: ObjectReader, _ name: String
    ) -> [(field: Field, point: RateProfile.Point)]? {
        let wanted = "a list such as `[{ at: 0 s, rate: 80 req/s }, ...]`"
        guard let items = reader.items(name, wanted) else { return nil }
        var given: [(field: Field, point: RateProfile.Point)] = []
        for item in items {
            guard let step = ObjectReader(.rateStep, item) else { continue }
            guard let at = step.duration("at"), let rate = step.rate("rate") else { continue }
            given.append((item, RateProfile.Point(instant: .start + at, rate: rate)))
        }
        return given.count == items.count ? given : nil
    }

    private func inOrder(
        _ given: [(field: Field, point: RateProfile.Point)], mostAtOneInstant: Int
    ) -> Bool {
        let wrong = firstOutOfOrder(given.map(\.point.instant), mostAtOneInstant: mostAtOneInstant)
        guard let wrong else { return true }
        given[wrong].field.fail(
            "this instant is not after the one before",
            mostAtOneInstant == 1
                ? "put the entries in order of `at`"
                : "put the entries in order of `at`; at most two may share an instant")
        return false
    }

    private func firstOutOfOrder(
        _ instants: [SimulatedInstant], mostAtOneInstant: Int
    ) -> Int? {
        var atThisInstant = 1
        for index in instants.indices.dropFirst() {
            if instants[index] < instants[index - 1] { return index }
            atThisInstant = instants[index] == instants[index - 1] ? atThisInstant + 1 : 1
            if atThisInstant > mostAtOneInstant { return index }
        }
        return nil
    }

    private func csv(_ name: String, _ text: String, _ log: DiagnosticLog) -> RateProfile? {
        let table = NumberTable(file: name, log: log)
        let rows = table.rows(of: text, columns: 2, header: "`time_s,rate_per_s`") {
            $0 == "time_s,rate_per_s"
        }
        guard let rows else { return nil }
        var points: [RateProfile.Point] = []
        for row in rows {
            guard row.values[0] <= Quantity.longestSeconds, row.values[1] <= Quantity.highestRate
            else {
                table.fail(
                    row.line, "the time or the rate is too large",
                    "write at most 36000000 s and 1e9 requests per second")
                return nil
            }
            let instant = .start + SimulatedDuration(seconds: row.values[0])
            points.append(RateProfile.Point(instant: instant, rate: row.values[1]))
        }
        if let wrong = firstOutOfOrder(points.map(\.instant), mostAtOneInstant: 2) {
            table.fail(
                rows[wrong].line, "this instant is not after the one before",
                "put the rows in order of time; at most two may share an instant")
            return nil
        }
        return RateProfile(points: points)
    }

    private func diurnal(_ field: Field) -> RateProfile? {
        guard let reader = ObjectReader(.diurnal, field), let mean = reader.rate("mean"),
            let amplitude = reader.ratio("amplitude"), let period = reader.duration("period"),
            let phase = reader.duration("phase")
        else { return nil }
        guard mean * (1 + amplitude) <= Quantity.highestRate else {
            reader["mean"]?.fail("the rate at the peak is too high", "write a lower mean")
            return nil
        }
        let wave = Wave(mean: mean, amplitude: amplitude, period: period, phase: phase)
        guard let profile = wave.profile(until: end ?? period) else {
            field.fail(
                "the run has more than \(Wave.mostPeriods) periods",
                "write a longer `period`, or a shorter `duration` of the run")
            return nil
        }
        return profile
    }
}
