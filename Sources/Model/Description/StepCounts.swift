// How much there is of an endpoint once its loops are written out.

extension [StepDescription] {
    /// Steps after repetitions are written out; `Int.max` when that is beyond counting.
    ///
    /// A step that has others inside it counts for two more: where it begins and where it ends.
    package var unrolledCount: Int { saturatingSum(\.unrolledCount) }

    /// Steps and calls after repetitions are written out; `Int.max` when that is beyond counting.
    package var unrolledSize: Int { saturatingSum(\.unrolledSize) }

    /// Levels of steps inside steps: 0 for no steps, 1 for plain ones.
    package var nesting: Int { reduce(0) { Swift.max($0, $1.nesting) } }

    private func saturatingSum(_ count: (StepDescription) -> Int) -> Int {
        reduce(0) { saturating($0.addingReportingOverflow(count($1))) }
    }
}

extension StepDescription {
    fileprivate var unrolledCount: Int { unrolled(\.unrolledCount) { _ in 1 } }

    fileprivate var unrolledSize: Int { unrolled(\.unrolledSize) { $0.calls.count + 1 } }

    fileprivate var nesting: Int { 1 + (steps?.nesting ?? 0) }

    /// The steps inside this one; `nil` for one that has none inside.
    package var steps: [StepDescription]? {
        switch self {
        case .compute, .call, .oneOf, .oneByReplicas, .gather, .delay, .fail: nil
        case .maybe(_, let steps), .repeated(_, let steps), .cached(_, let steps),
            .locked(_, let steps):
            steps
        }
    }

    private func unrolled(
        _ inner: ([StepDescription]) -> Int, _ own: (StepDescription) -> Int
    ) -> Int {
        guard let steps else { return own(self) }
        let inside = inner(steps)
        if case .repeated(let times, _) = self {
            return saturating(inside.multipliedReportingOverflow(by: times))
        }
        return saturating(inside.addingReportingOverflow(2))
    }
}

/// Both numbers are never negative.
private func saturating(_ result: (partialValue: Int, overflow: Bool)) -> Int {
    result.overflow ? .max : result.partialValue
}
