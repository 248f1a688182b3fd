/// `spec.behavior`: how fast a HorizontalPodAutoscaler may move, with the API server's defaults filled in.
package struct HorizontalBehavior: Hashable, Sendable {
    package var scaleUp: ScalingRules
    package var scaleDown: ScalingRules

    package init(scaleUp: ScalingRules = .defaultUp, scaleDown: ScalingRules = .defaultDown) {
        self.scaleUp = scaleUp
        self.scaleDown = scaleDown
    }
}

/// The rules of one direction.
package struct ScalingRules: Hashable, Sendable {
    package enum Selection: String, CaseIterable, Hashable, Sendable {
        /// The policy that allows the largest change.
        case largest = "Max"
        /// The policy that allows the smallest change.
        case smallest = "Min"
        case disabled = "Disabled"
    }

    /// `nil` is the controller's downscale window; only so for scaling down.
    package var stabilizationSeconds: Int?
    package var selection: Selection
    /// Empty: the limit is the current size, or none under ``Selection/smallest``. The API server
    /// refuses that.
    package var policies: [ScalingRate]
    /// Replaces the controller's tolerance, if the feature gate is on.
    package var tolerance: Double?

    package init(
        stabilizationSeconds: Int?, selection: Selection = .largest, policies: [ScalingRate],
        tolerance: Double? = nil
    ) {
        self.stabilizationSeconds = stabilizationSeconds
        self.selection = selection
        self.policies = policies
        self.tolerance = tolerance
    }

    /// At once, by 4 pods or by 100 %, whichever is more, every 15 s.
    package static let defaultUp = ScalingRules(
        stabilizationSeconds: 0,
        policies: [
            ScalingRate(.pods, 4, periodSeconds: 15), ScalingRate(.percent, 100, periodSeconds: 15),
        ])
    /// After the controller's downscale window, by any number.
    package static let defaultDown = ScalingRules(
        stabilizationSeconds: nil, policies: [ScalingRate(.percent, 100, periodSeconds: 15)])

    /// The time after which events of this direction count no more; 0 without policies.
    var longestPeriodSeconds: Int { max(0, policies.map(\.periodSeconds).max() ?? 0) }
}

/// A policy: at most so many pods, or so many per cent of them, in a period.
package struct ScalingRate: Hashable, Sendable {
    package enum Unit: String, CaseIterable, Hashable, Sendable {
        case pods = "Pods"
        case percent = "Percent"
    }

    package var unit: Unit
    package var value: Int
    package var periodSeconds: Int

    package init(_ unit: Unit, _ value: Int, periodSeconds: Int) {
        self.unit = unit
        self.value = value
        self.periodSeconds = periodSeconds
    }
}

extension ScalingRules {
    /// The largest size that the policies allow from `current`, which may lie below it.
    ///
    /// Sources: `calculateScaleUpLimitWithScalingRules` of Kubernetes' HPA controller.
    func upLimit(from current: Int, _ changed: (_ periodSeconds: Int) -> Int) -> Int {
        let limits = policies.map { policy -> Int in
            let start = current - changed(policy.periodSeconds)
            return switch policy.unit {
            case .pods: ReplicaCount.clamped(start + policy.value)
            case .percent:
                // Rounded up, or a small percentage would never let a small size grow.
                ReplicaCount.up(Double(start) * (1 + Double(policy.value) / 100))
            }
        }
        return switch selection {
        case .disabled: current
        case .smallest: limits.min() ?? ReplicaCount.largest
        case .largest: limits.max() ?? ReplicaCount.smallest
        }
    }

    /// The smallest size that the policies allow from `current`, which may lie above it.
    ///
    /// Sources: `calculateScaleDownLimitWithBehaviors` of Kubernetes' HPA controller.
    func downLimit(from current: Int, _ changed: (_ periodSeconds: Int) -> Int) -> Int {
        let limits = policies.map { policy -> Int in
            let start = current - changed(policy.periodSeconds)
            return switch policy.unit {
            case .pods: ReplicaCount.clamped(start - policy.value)
            case .percent:
                ReplicaCount.towardsZero(Double(start) * (1 - Double(policy.value) / 100))
            }
        }
        return switch selection {
        case .disabled: current
        case .smallest: limits.max() ?? ReplicaCount.smallest
        case .largest: limits.min() ?? ReplicaCount.largest
        }
    }
}
