package import ControlPlane

/// A name that is no policy of a topology.
package struct PolicyChoiceError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

extension TopologyFile {
    /// How the topology is scaled with the policy of this name in force.
    package func scaling(by policy: String) throws(PolicyChoiceError) -> ScalingPlan {
        guard var plan = scaling else {
            throw PolicyChoiceError(
                description:
                    "no service of \(name) has `scaling`, so there is nothing for '\(policy)' to do"
            )
        }
        guard let found = plan.policies.first(where: { $0.name == policy }) else {
            let names = plan.policies.map(\.name).joined(separator: ", ")
            throw PolicyChoiceError(
                description: "there is no policy '\(policy)'; there are \(names)")
        }
        plan.policy = found
        return plan
    }
}
