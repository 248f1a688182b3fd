/// Writes a full call tree whose every service chooses one of its children, each equally likely.
package enum UniformTree {
    /// The topology as YAML text: `depth` levels, `fanOut` children each, all services of one size.
    ///
    /// Names are paths: `n`, `n-1`, `n-1-3`. Both numbers must be at least 1.
    package static func text(
        depth: Int, fanOut: Int, cores: Int, rate: Int, name: String
    ) -> String {
        var lines = [
            "# Each request takes one path from the root to a leaf. What to look for: the root is 80% busy,",
            "# each level below gets a quarter of the load for each service, and the queue at the root is",
            "# the only one. A benchmark: \(depth) levels, fan-out \(fanOut).",
            "name: \(name)", "duration: 1 min", "network: { latency: 0.5 ms }", "services:",
        ]
        var level = ["n"]
        for depthOfLevel in 1...depth {
            var next: [String] = []
            for service in level {
                lines += [
                    "  \(service):", "    cores: \(cores) cores", "    steps:",
                    "      - compute: { exponential: 10 ms }",
                ]
                guard depthOfLevel < depth else { continue }
                let children = (1...fanOut).map { "\(service)-\($0)" }
                lines.append("      - choose: [\(children.joined(separator: ", "))]")
                next += children
            }
            level = next
        }
        lines += ["arrivals:", "  users:", "    to: n", "    rate: \(rate) req/s", ""]
        return lines.joined(separator: "\n")
    }
}
