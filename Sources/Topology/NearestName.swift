import Kernel

extension NearestName {
    /// Suggestions for one file; those of later errors would not be shown.
    static let mostSuggestions = TopologyError.shownAtMost

    /// As ``nearest(to:among:)``, but nil when `log` already has more errors than are shown.
    static func nearest(
        to name: String, among candidates: some Sequence<String>, log: DiagnosticLog
    ) -> String? {
        log.count < mostSuggestions ? nearest(to: name, among: candidates) : nil
    }
}
