import Kernel
import Model

/// Reads when a fault comes and goes.
struct FaultScheduleReading {
    let times: DistributionReading

    /// nil after logging. `kind` is the fault's key; `isInstant` whether it has no length.
    func schedule(
        _ fault: ObjectReader, isInstant: Bool, kind: String, hitsOneService: Bool
    ) -> FaultSchedule? {
        let forms = ["at", "from", "every", "when"]
        let present = forms.filter(fault.has)
        let wanted = (isInstant ? ["at"] : ["from"]) + ["every", "when"]
        let all = wanted.map { "`\($0)`" }.joined(separator: ", ")
        if present.isEmpty {
            fault.field.fail("nothing says when this happens", "add exactly one of \(all)")
            return nil
        }
        guard present.count == 1 else {
            let found = present.map { "`\($0)`" }.joined(separator: " and ")
            fault.field.fail("\(found) exclude each other", "keep exactly one of \(all)")
            return nil
        }
        guard wanted.contains(present[0]) else {
            fault[present[0]]?.fail(
                isInstant
                    ? "`\(kind)` happens at an instant" : "`\(kind)` goes on for a while",
                isInstant ? "write `at:`" : "write `from:`, and `until:` if it ends")
            return nil
        }
        if let until = fault["until"], present[0] != "from" {
            until.fail(
                "`until` belongs to `from`",
                present[0] == "at" ? "remove it" : "write `lasting:` inside `\(present[0]):`")
            return nil
        }
        return switch present[0] {
        case "at", "from": window(present[0], fault)
        case "every": fault["every"].flatMap { random($0, isInstant) }
        default: fault["when"].flatMap { condition($0, isInstant, hitsOneService) }
        }
    }

    private func window(_ key: String, _ fault: ObjectReader) -> FaultSchedule? {
        guard let from = fault.duration(key) else { return nil }
        guard let field = fault["until"] else {
            return .window(from: .start + from, until: nil)
        }
        guard let until = fault.duration("until") else { return nil }
        guard from < until else {
            field.fail("`until` is not after `from`", "write a later `until`")
            return nil
        }
        return .window(from: .start + from, until: .start + until)
    }

    private func random(_ field: Field, _ isInstant: Bool) -> FaultSchedule? {
        guard let reader = ObjectReader(.randomSchedule, field) else { return nil }
        let wait = reader["wait"].flatMap(times.distribution)
        let lasting = lasting(reader, isInstant)
        guard let wait, let lasting else { return nil }
        guard wait.mean >= 1e-3 else {
            reader["wait"]?.fail(
                "the wait is too short", "write a wait of 1 ms or more on average")
            return nil
        }
        return .random(wait: wait, lasting: lasting)
    }

    private func lasting(_ reader: ObjectReader, _ isInstant: Bool) -> Distribution? {
        if let field = reader["lasting"] {
            guard isInstant else { return times.distribution(field) }
            field.fail("what happens at an instant does not last", "remove it")
            return nil
        }
        guard isInstant else {
            reader.field.fail(
                "`lasting` is missing", "add `lasting:` (how long the fault stays each time)")
            return nil
        }
        return Distribution(.deterministic(value: 0))
    }

    private func condition(
        _ field: Field, _ isInstant: Bool, _ hitsOneService: Bool
    ) -> FaultSchedule? {
        guard hitsOneService else {
            field.fail(
                "a condition is looked at by one service, and this fault hits several",
                "write `from:` and `until:`, or `every:`")
            return nil
        }
        guard let reader = ObjectReader(.condition, field), let (name, value) = reader.chosen,
            let metric = reader.choice("metric", .metric), let bound = reader.number(name),
            let holding = reader.duration("holding")
        else { return nil }
        if metric == .utilisation, name == "above" ? bound >= 1 : bound > 1 {
            value.fail("utilisation is never above 1", "write a number from 0 to 1, such as `0.9`")
            return nil
        }
        if isInstant, let lasting = reader["lasting"] {
            lasting.fail("what happens at an instant does not last", "remove it")
            return nil
        }
        return .condition(
            FaultCondition(metric: metric, isAbove: name == "above", bound: bound),
            holding: holding, lasting: reader.duration("lasting"))
    }
}
