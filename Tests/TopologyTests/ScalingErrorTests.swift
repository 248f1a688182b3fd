import Testing
import Topology

@Suite("Errors in what a topology says of scaling")
struct ScalingErrorTests {
    /// `scaling` of the service a, which stands in line 3 from column 14 on.
    private static func service(
        _ value: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            Sample(service: "    scaling: \(value)"), "3:\(column) services.a.scaling\(path)",
            message, fix: fix)
    }

    static let wrongServices: [WrongText] = [
        service("{}", 14, "", "`max` is missing", fix: "add `max:`"),
        service("5", 14, "", "a mapping is wanted", fix: "`manifest`"),
        service("{ max: 0 }", 21, ".max", "out of range", fix: "1 to 65535"),
        service("{ max: 70000 }", 21, ".max", "out of range", fix: "1 to 65535"),
        service("{ max: 5, min: 6 }", 14, "", "`min` is above `max`", fix: "other bounds"),
        service("{ min: 2, max: 5 }", 14, "", "begins with 1 replicas", fix: "change `replicas`"),
        service("{ max: 5, replicas: 2 }", 24, "", "unknown key `replicas`", fix: "remove it"),
        service(
            "{ max: 5, minReplicas: 1 }", 24, "", "unknown key `minReplicas`", fix: "write `min:`"),
        service("{ max: 5, metric: rps }", 32, ".metric", "`rps` is not one of", fix: "`requests`"),
        service("{ max: 5, metric: queue }", 14, "", "how many `queue`", fix: "`each: 10`"),
        service(
            "{ max: 5, metric: queue, each: 0 }", 45, ".each", "out of range", fix: "above 0"),
        service("{ max: 5, target: 0% }", 32, ".target", "out of range", fix: "1% to 100%"),
        service("{ max: 5, capacity: 5 }", 34, ".capacity", "has no unit", fix: "`5 req/s`"),
        service(
            "{ max: 5, requests: { cpu: 1 } }", 41, ".requests.cpu", "has no unit",
            fix: "a number of cores with its unit"),
        service(
            "{ max: 5, requests: { memory: 5 } }", 44, ".requests.memory", "has no unit",
            fix: "`5 MiB`"),
        service(
            "{ max: 5, startUp: { cpu: 1 core } }", 33, ".startUp", "`time` is missing",
            fix: "add `time:`"),
        service("{ max: 5, priority: -1 }", 34, ".priority", "is negative", fix: "zero"),
        service(
            "{ max: 5, manifest: nowhere.yaml }", 34, ".manifest", "`nowhere.yaml`",
            fix: "beside the topology file"),
    ]

    static let wrongResources: [WrongText] = [
        service(
            "{ max: 5, vpa: { updateMode: Auto } }", 43, ".vpa.updateMode", "`Auto` is not one of",
            fix: "`InPlaceOrRecreate`"),
        service(
            "{ max: 5, vpa: { minAllowed: { cpu: 2 cores }, maxAllowed: { cpu: 1 core } } }", 29,
            ".vpa", "`minAllowed` is above",
            fix: "raise `maxAllowed`"),
        service(
            "{ max: 5, vpa: { halfLife: 1 h } }", 31, ".vpa", "unknown key `halfLife`",
            fix: "`scaling` at the top"),
        service(
            "{ min: 1, vpa: {} }", 14, "", "`max` is missing",
            fix: "add `max:`"),
        service(
            "{ max: 5, namespace: _ }", 35, ".namespace", "`_` is not a name",
            fix: "letter"),
        top(
            "{ vpa: { updaterInterval: 1 ms } }", 36,
            ".vpa.updaterInterval", "`updaterInterval` is too short", fix: "`100 ms`"),
        top(
            "{ vpa: { margin: 20 } }", 27,
            ".vpa.margin", "out of range", fix: "0% to 1000%"),
        top(
            "{ quotas: { default: {} } }", 31,
            ".quotas.default", "limits nothing", fix: "`pods: 20`"),
        top(
            "{ quotas: { shop: { pods: 1 } } }", 28,
            ".quotas.shop", "no service is in the namespace `shop`",
            fix: "the namespaces are default"),
        top(
            "{ quotas: { default: { requests: { memory: 1 GB } } } }", 31,
            ".quotas.default", "the pods of `a` ask for none",
            fix: "`requests: { memory: 500 MB }`"),
        top(
            "{ cluster: { pools: { n: { cpu: 4 cores, nodes: 1 } }, provisioningRequests: { r: { cpu: 1 core, count: 1 } } } }",
            87,
            ".cluster.provisioningRequests", "nobody answers", fix: "`autoscaler: {}`"),
        top(
            "{ cluster: { pools: { n: { cpu: 4 cores, nodes: 1 } }, autoscaler: {}, provisioningRequests: { r: { count: 1 } } } }",
            108,
            ".cluster.provisioningRequests.r", "nothing says", fix: "`service`, `cpu`"),
        top(
            "{ cluster: { pools: { n: { cpu: 4 cores, nodes: 1 } }, autoscaler: {}, provisioningRequests: { r: { count: 1, service: b } } } }",
            108,
            ".cluster.provisioningRequests.r", "the service has no `scaling`", fix: "`replicas: 0`"),
        top(
            "{ cluster: { pools: { n: { cpu: 4 cores, nodes: 1 } }, autoscaler: {}, provisioningRequests: { r: { count: 9, service: a } } } }",
            108,
            ".cluster.provisioningRequests.r", "may not have 0 and 9 replicas", fix: "`min: 0`"),
    ]

    @Test("Of what pods ask for and may have", arguments: wrongResources)
    func resources(_ wrong: WrongText) { wrong.check() }

    @Test("Of a service", arguments: wrongServices)
    func services(_ wrong: WrongText) { wrong.check() }

    /// `scaling` at the top, which stands in line 12; the value begins in column 10.
    private static func top(
        _ value: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            Sample(top: "scaling: \(value)", service: "    scaling: { max: 5 }"),
            "12:\(column) scaling\(path)", message, fix: fix)
    }

    static let wrongWholes: [WrongText] = [
        top("{ policy: hpaa }", 20, ".policy", "there is no policy `hpaa`", fix: "write `hpa`"),
        top("{ sync: 0 s }", 18, ".sync", "not longer than zero", fix: "at least"),
        top(
            "{ metrics: { scrape: 1 ms } }", 21, ".metrics", "`scrape` is too short",
            fix: "`100 ms`"),
        top("{ metrics: { loss: 2 } }", 29, ".metrics.loss", "more than 100%", fix: "`2%`"),
        top(
            "{ metrics: { windw: 1 s } }", 23, ".metrics", "unknown key `windw`", fix: "`window`"),
        top(
            "{ signals: { m: requets } }", 26, ".signals.m", "there is no signal `requets`",
            fix: "cpu, memory, requests"),
        top(
            "{ signals: { m: c.queue } }", 26, ".signals.m", "there is no service `c`",
            fix: "the services are a, b"),
        top(
            "{ signals: { m: [queue] } }", 26, ".signals.m", "a list where a signal",
            fix: "`orders.queue`"),
        top("{ startsAt: Monday }", 22, ".startsAt", "no day with a time", fix: "`Mon 08:00`"),
        top("{ startsAt: Mon 25:00 }", 22, ".startsAt", "no day with a time", fix: "`Mon 08:00`"),
        top(
            "{ controller: { tolerance: 3 } }", 37, ".controller.tolerance", "out of range",
            fix: "0% to 100%"),
        top(
            "{ controller: { scaleToZero: 1 } }", 39, ".controller.scaleToZero", "not yes or no",
            fix: "`true`"),
        top(
            "{ controller: { tolerence: 3 } }", 26, ".controller", "unknown key `tolerence`",
            fix: "write `tolerance`"),
    ]

    @Test("Of the whole", arguments: wrongWholes)
    func wholes(_ wrong: WrongText) { wrong.check() }

    /// The policy p begins in column 27.
    private static func policy(
        _ value: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        top("{ policies: { p: \(value) } }", column, ".policies.p\(path)", message, fix: fix)
    }

    static let wrongPolicies: [WrongText] = [
        top(
            "{ policies: { hpa: { builtIn: hpa } } }", 29, ".policies.hpa", "is a built-in policy",
            fix: "another name"),
        policy("{}", 27, "", "nothing says", fix: "`oracle`"),
        policy("{ builtIn: x }", 38, ".builtIn", "`x` is not one of", fix: "`hop-by-hop`"),
        policy(
            "{ builtIn: hpa, oracle: {} }", 27, "", "exclude each other", fix: "exactly one of"),
        policy(
            "{ coordinated: { graph: {} } }", 51, ".coordinated.graph", "nothing says",
            fix: "`learned`"),
        policy(
            "{ coordinated: { graph: { calls: { x: { b: 1 } } } } }", 65,
            ".coordinated.graph.calls.x", "there is no service `x`", fix: "a, b"),
        policy(
            "{ coordinated: { graph: { calls: { a: { x: 1 } } } } }", 70,
            ".coordinated.graph.calls.a.x", "there is no service `x`", fix: "a, b"),
        policy(
            "{ coordinated: { graph: { calls: { a: { b: -1 } } } } }", 70,
            ".coordinated.graph.calls.a.b", "is negative", fix: "zero"),
        policy(
            "{ coordinated: { graph: { learned: { window: 0 s } } } }", 72,
            ".coordinated.graph.learned.window", "not longer than zero", fix: "at least"),
        policy(
            "{ coordinated: { feedback: perhaps } }", 54, ".coordinated.feedback",
            "not yes or no", fix: "`false`"),
        policy(
            "{ forecast: { horizon: 1 s } }", 39, ".forecast", "nothing says", fix: "`linear`"),
        policy(
            "{ forecast: { holtWinters: { level: 2 } } }", 63, ".forecast.holtWinters.level",
            "out of range", fix: "0% to 100%"),
        policy(
            "{ forecast: { linear: { window: 0 s } } }", 59, ".forecast.linear.window",
            "not longer than zero", fix: "at least"),
        policy("{ oracle: { lead: 5 } }", 45, ".oracle.lead", "has no unit", fix: "`5 ms`"),
    ]

    @Test("Of policies", arguments: wrongPolicies)
    func policies(_ wrong: WrongText) { wrong.check() }

    /// Keys of the pool n, or behind the pools.
    private static func cluster(
        _ pool: String, rest: String = "", _ column: Int, _ path: String, _ message: String,
        fix: String
    ) -> WrongText {
        top(
            "{ cluster: { pools: { n: { cpu: 4 cores\(pool) } }\(rest) } }", column,
            ".cluster\(path)", message, fix: fix)
    }

    static let wrongClusters: [WrongText] = [
        top("{ cluster: {} }", 21, ".cluster", "`pools` is missing", fix: "add `pools:`"),
        top(
            "{ cluster: { pools: {} } }", 30, ".cluster.pools", "0 entries", fix: "pools of nodes"),
        cluster("", 35, ".pools.n", "`nodes` is missing", fix: "add `nodes:`"),
        top(
            "{ cluster: { pools: { n: { cpu: 4, nodes: 1 } } } }", 42, ".cluster.pools.n.cpu",
            "has no unit", fix: "`4 cores`"),
        cluster(
            ", nodes: 1, max: 0", 35, ".pools.n", "not between `min` and `max`",
            fix: "min, nodes, max"),
        cluster(", nodes: 1, boot: -1 s", 67, ".pools.n.boot", "is negative", fix: "zero"),
        cluster(", nodes: 1, failures: 2", 71, ".pools.n.failures", "more than 100%", fix: "`2%`"),
        cluster(
            ", nodes: 1", rest: ", scoring: best", 74, ".scoring", "`best` is not one of",
            fix: "`most-allocated`"),
        cluster(
            ", nodes: 1", rest: ", autoscaler: { expander: cheapest }", 89, ".autoscaler.expander",
            "`cheapest` is not one of", fix: "`price`"),
        cluster(
            ", nodes: 1", rest: ", autoscaler: { unneededTime: 0 s }", 93,
            ".autoscaler.unneededTime",
            "not longer than zero", fix: "at least"),
        cluster(
            ", nodes: 1", rest: ", placeholders: { count: 2 }", 79, ".placeholders",
            "`cpu` is missing", fix: "add `cpu:`"),
    ]

    @Test("Of clusters", arguments: wrongClusters)
    func clusters(_ wrong: WrongText) { wrong.check() }
}
