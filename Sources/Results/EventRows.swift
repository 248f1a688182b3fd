package import ControlPlane
package import Kernel
package import Model

/// Something that happened at an instant.
package struct EventRow: Sendable {
    package var number = 0
    /// Seconds.
    var time: Double
    var kind: String
    var service: Int?
    var edge: Int?
    var count: UInt64 = 1
    var message: String?

    /// What is to happen to a model from outside.
    package static func planned(
        _ model: ModelDescription, seed: UInt64, end: SimulatedInstant
    ) -> [EventRow] {
        Trigger.all(in: model, seed: seed, end: end).flatMap { trigger in
            let begin = Self(
                time: trigger.from.seconds, kind: "trigger begins", message: trigger.name)
            guard let until = trigger.until else { return [begin] }
            return [
                begin, Self(time: until.seconds, kind: "trigger ends", message: trigger.name),
            ]
        }
    }

    /// What the control plane wanted and said.
    package static func of(_ report: ControlReport) -> [EventRow] {
        let steps = report.steps.map { step in
            Self(
                time: step.instant.seconds, kind: "replicas wanted", service: step.service,
                count: UInt64(clamping: step.desired))
        }
        return steps
            + report.events.map { event in
                Self(
                    time: event.instant.seconds, kind: "control", service: event.service,
                    message: "\(event.reason): \(event.message)")
            }
    }

    /// Deaths of replicas in an interval.
    package static func of(_ row: ServiceRow) -> [EventRow] {
        let time = row.instant.seconds
        var found: [EventRow] = []
        if row.sample.kills > 0 {
            found.append(
                Self(
                    time: time, kind: "kills", service: row.service,
                    count: UInt64(row.sample.kills)))
        }
        if row.sample.crashes > 0 {
            found.append(
                Self(
                    time: time, kind: "crashes", service: row.service,
                    count: UInt64(row.sample.crashes)))
        }
        return found
    }

    /// Breakers that opened in an interval.
    package static func of(_ row: EdgeRow) -> [EventRow] {
        guard row.sample.trips > 0 else { return [] }
        return [
            Self(
                time: row.instant.seconds, kind: "trips", edge: row.edge,
                count: UInt64(row.sample.trips))
        ]
    }
}
