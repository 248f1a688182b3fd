import Autoscalers
package import ControlPlane
import Kernel

/// What the control plane did in a run.
package struct ScalingSummary: Codable, Hashable, Sendable {
    /// The least and the most replicas that were wanted of one service.
    package struct Service: Codable, Hashable, Sendable {
        package var name: String
        package var least: Int
        package var most: Int
        package var atEnd: Int
        /// Times that another number was wanted than before.
        package var rescales: Int
        /// Of these, how many turned from growing to shrinking or back.
        package var reversals: Int
    }

    package struct Nodes: Codable, Hashable, Sendable {
        package var nodeSeconds: Double
        package var most: Int
        package var pendingPodSeconds: Double
    }

    /// The name of the policy.
    package var policy: String
    /// Services whose number of replicas changed.
    package var services: [Service]
    /// What the control plane had to say, by reason.
    package var events: [String: Int]
    package var nodes: Nodes?

    package init(_ report: ControlReport, names: [String]) {
        policy = report.policy
        services = names.indices.compactMap { index in
            let wanted = report.steps.filter { $0.service == index }.map(\.desired)
            guard wanted.count > 1, let least = wanted.min(), let most = wanted.max() else {
                return nil
            }
            let changes = zip(wanted.dropFirst(), wanted).map { $0 - $1 }
            return Service(
                name: names[index], least: least, most: most, atEnd: wanted[wanted.count - 1],
                rescales: changes.count,
                reversals: zip(changes.dropFirst(), changes).filter { ($0 > 0) != ($1 > 0) }.count)
        }
        events = Dictionary(grouping: report.events, by: \.reason).mapValues(\.count)
        nodes = report.nodes.map {
            Nodes(
                nodeSeconds: $0.nodeSeconds, most: $0.mostNodes,
                pendingPodSeconds: $0.pendingPodSeconds)
        }
    }
}

/// What the control plane did, over time.
package struct ScalingTables {
    private let report: ControlReport
    private let names: [String]

    package init(_ report: ControlReport, names: [String]) {
        self.report = report
        self.names = names
    }

    /// The text of `scaling.csv`: from when on how many replicas were wanted.
    package var stepsCSV: String {
        report.steps.reduce(into: "time_s,service,desired\n") { text, step in
            text += "\(exactSeconds(step.instant)),\(names[step.service]),\(step.desired)\n"
        }
    }

    /// The text of `conditions.csv`: what `kubectl describe hpa` would show from when on.
    package var conditionsCSV: String {
        report.conditions.reduce(into: "time_s,service,type,status,reason,message\n") {
            text, change in
            let condition = change.condition
            let message = condition.message.replacing("\"", with: "\"\"")
            text +=
                "\(exactSeconds(change.instant)),\(names[change.service]),\(condition.type),"
                + "\(condition.status.rawValue),\(condition.reason),\"\(message)\"\n"
        }
    }

    /// The text of `control-events.csv`: what the control plane had to say.
    package var eventsCSV: String {
        report.events.reduce(into: "time_s,service,reason,message\n") { text, event in
            let name = event.service.map { names[$0] } ?? ""
            let message = event.message.replacing("\"", with: "\"\"")
            text += "\(exactSeconds(event.instant)),\(name),\(event.reason),\"\(message)\"\n"
        }
    }
}
