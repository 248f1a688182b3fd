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

    /// What became of a service's VerticalPodAutoscaler.
    package struct Vertical: Codable, Hashable, Sendable {
        package var name: String
        /// What is recommended at the end: cores, and bytes.
        package var targetCPU: Double
        package var targetMemory: Double
        /// Pods that were resized in place, and evicted, for it.
        package var resized: Int
        package var evicted: Int
    }

    /// What a namespace's quota did.
    package struct Quota: Codable, Hashable, Sendable {
        package var namespace: String
        /// Times that a pod was refused, and for how long pods were missing for it, added up.
        package var refusals: Int
        package var refusedPodSeconds: Double
        /// The most that was asked for at once: cores, and pods.
        package var mostCPU: Double
        package var mostPods: Int
    }

    /// The name of the policy.
    package var policy: String
    /// Services whose number of replicas changed.
    package var services: [Service]
    /// What the control plane had to say, by reason.
    package var events: [String: Int]
    package var nodes: Nodes?
    /// Missing when there are none.
    package var vertical: [Vertical]?
    package var quotas: [Quota]?

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
        vertical = report.recommendations.isEmpty ? nil : Self.vertical(report, names)
        quotas =
            report.quotas.isEmpty
            ? nil
            : report.quotas.map {
                Quota(
                    namespace: $0.namespace, refusals: $0.refusals,
                    refusedPodSeconds: $0.refusedPodSeconds, mostCPU: Double($0.mostCPU) / 1_000,
                    mostPods: $0.mostPods)
            }
    }

    private static func vertical(_ report: ControlReport, _ names: [String]) -> [Vertical] {
        names.indices.compactMap { service in
            guard let last = report.recommendations.last(where: { $0.service == service }) else {
                return nil
            }
            func count(_ reason: String) -> Int {
                report.events.count { $0.service == service && $0.reason == reason }
            }
            let target = last.recommendation.target
            return Vertical(
                name: names[service], targetCPU: Double(target.cpu) / 1_000,
                targetMemory: Double(target.memory), resized: count("ResizeCompleted"),
                evicted: count("EvictedByVPA"))
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
                "\(exactSeconds(change.instant)),\(change.service.map { names[$0] } ?? ""),"
                + "\(condition.type),"
                + "\(condition.status.rawValue),\(condition.reason),\"\(message)\"\n"
        }
    }

    /// The text of `recommendations.csv`: what VerticalPodAutoscalers recommend from when on, in cores and bytes;
    /// `nil` if there are none.
    package var recommendationsCSV: String? {
        guard !report.recommendations.isEmpty else { return nil }
        let header =
            "time_s,service,target_cpu,lower_cpu,upper_cpu,target_memory,lower_memory,upper_memory\n"
        return report.recommendations.reduce(into: header) { text, step in
            let made = step.recommendation
            let bounds = [made.target, made.lower, made.upper]
            let cells = bounds.map { "\(Double($0.cpu) / 1_000)" } + bounds.map { "\($0.memory)" }
            text +=
                "\(exactSeconds(step.instant)),\(names[step.service]),"
                + cells.joined(separator: ",") + "\n"
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
