import ControlPlane

extension ScalingPlan {
    /// The plan with the policy of this name in force.
    func choosing(_ name: String) throws -> ScalingPlan {
        guard let policy = policies.first(where: { $0.name == name }) else {
            let names = policies.map(\.name).joined(separator: ", ")
            throw UserError(
                text: "--scaling: there is no policy '\(name)'; there are \(names)", code: .badInput
            )
        }
        var plan = self
        plan.policy = policy
        return plan
    }
}
