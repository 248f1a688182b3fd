import Autoscalers
import ControlPlane
import Kernel
import Model
import Snapshots

/// What a service says of its scaling, before the plan is made.
struct ReplicaScaling {
    var bounds: ReplicaBounds
    var metric: ScalingMetric
    var target: Double
    var each: Double?
    var capacity: Double?
    var cpuRequest: Int64?
    var memoryRequest: Double
    var startUp: StartUpLoad
    var priority: Int
    var namespace: String
    var vertical: VerticalSpec?
    /// `nil` if the service could not be read.
    var initialReplicas: Int?
    /// About the service, from the file that it names.
    var manifests: [Manifest] = []
    var autoscaler: ServiceAutoscaler?
}

/// Reads how the number of replicas follows the load.
struct ScalingReading {
    let times: DistributionReading

    // MARK: Services

    /// What is wrong is logged and left out. `replicas` is the number at first.
    func replicaScaling(
        _ field: Field, of service: (index: Int, name: String), replicas: Int?,
        _ autoscalers: AutoscalerReading
    ) -> ReplicaScaling? {
        guard let reader = ObjectReader(.replicaScaling, field),
            let target = reader.ratio("target"),
            let metric = reader.choice("metric", .scalingMetric),
            let priority = reader.count("priority")
        else { return nil }
        var manifests: [Manifest] = []
        if let file = reader["manifest"] {
            guard let found = autoscalers.manifests(file, of: service.name) else { return nil }
            manifests = found
        }
        guard let bounds = bounds(reader, field, manifests, replicas),
            let namespace = namespace(reader)
        else { return nil }
        if metric != .cpu, !reader.has("each") {
            field.fail(
                "nothing says how many `\(Choices.scalingMetric.name(of: metric) ?? "")` a replica shall have",
                "add `each: 10`, say")
        }
        let requests = reader["requests"].flatMap(podRequests)
        var scaling = ReplicaScaling(
            bounds: bounds, metric: metric, target: target,
            each: reader["each"]?.number(
                0...TopologyFormat.mostNumber, excludesLowerBound: true),
            capacity: reader["capacity"]?.rate(), cpuRequest: requests?.cpu,
            memoryRequest: requests?.memory ?? 0,
            startUp: reader["startUp"].flatMap(startUp) ?? StartUpLoad(), priority: priority,
            namespace: namespace, vertical: reader["vpa"].flatMap(vertical),
            initialReplicas: replicas)
        scaling.manifests = manifests
        if reader.has("max") || !manifests.isEmpty {
            scaling.autoscaler = autoscalers.autoscaler(of: service.index, scaling, field)
        }
        return scaling
    }

    private func namespace(_ reader: ObjectReader) -> String? {
        guard let field = reader.valueOrDefault("namespace"),
            let name = field.scalar(wanted: "a namespace")
        else { return nil }
        guard NameRule.accepts(name) else {
            field.fail("`\(Quantity.shortened(name))` is not a name", NameRule.words)
            return nil
        }
        return name
    }

    /// As written, or those of the first manifest.
    private func bounds(
        _ reader: ObjectReader, _ field: Field, _ manifests: [Manifest], _ replicas: Int?
    ) -> ReplicaBounds? {
        let given = manifests.first?.bounds
        if reader.has("vpa"), !reader.has("max"), given == nil, !reader.has("min") {
            // Only what its pods ask for changes.
            let count = replicas ?? 1
            return ReplicaBounds(least: count, most: max(count, 1))
        }
        guard reader.has("max") || given != nil else {
            field.fail("`max` is missing", "add `max:`, the most replicas, or a `manifest:`")
            return nil
        }
        let least = given != nil && !reader.has("min") ? given?.least : reader.count("min")
        let most = reader.has("max") ? reader.count("max") : given?.most
        guard let least, let most else { return nil }
        guard least <= most, most <= ModelLimits.replicas else {
            field.fail(
                most <= ModelLimits.replicas
                    ? "`min` is above `max`" : "more than \(ModelLimits.replicas) replicas",
                "write other bounds")
            return nil
        }
        if let replicas, !(least...most).contains(replicas) {
            field.fail(
                "the service begins with \(replicas) replicas, which is not in \(least)...\(most)",
                "change `replicas` of the service, `min` or `max`")
        }
        return ReplicaBounds(least: least, most: most)
    }

    private func podRequests(_ field: Field) -> (cpu: Int64?, memory: Double)? {
        guard let reader = ObjectReader(.podRequests, field), let memory = reader.memory("memory")
        else { return nil }
        return (reader["cpu"].flatMap(milliCores), memory)
    }

    private func startUp(_ field: Field) -> StartUpLoad? {
        guard let reader = ObjectReader(.startUp, field), let cpu = reader["cpu"]?.processor(),
            let time = reader.duration("time")
        else { return nil }
        var load = StartUpLoad()
        load.cpu = cpu
        load.time = time
        return load
    }

    /// Thousandths of a core.
    func milliCores(_ field: Field) -> Int64? {
        field.processor().map { Int64(max(1, ($0 * 1_000).rounded())) }
    }

    // MARK: The whole

    /// What the file says of scaling beside its services.
    struct Common {
        var policy = PolicyDescription(name: "hpa", kind: .horizontal)
        var policies: [PolicyDescription] = []
        var syncPeriod = SimulatedDuration.seconds(15)
        var pipeline = PipelineDescription()
        var cluster: ClusterDescription?
        var vertical = VerticalSettings()
        /// With where each stands.
        var quotas: [(quota: QuotaDescription, field: Field)] = []
        var requests: [(request: ProvisioningRequestDescription, field: Field)] = []
        /// What the names of metrics stand for; of the service that is scaled if they name none.
        var signals: [String: (kind: SignalKind, service: Int?)] = [:]
        /// Monday at midnight, unless the file says otherwise.
        var calendar = CronTrigger.Calendar(weekDay: 1)
        var horizontal = HorizontalSettings()
    }

    func common(_ field: Field?, _ directory: ServiceDirectory) -> Common {
        var common = Common()
        guard let field, let reader = ObjectReader(.scaling, field) else { return common }
        common.syncPeriod = reader.duration("sync") ?? common.syncPeriod
        if common.syncPeriod < Self.shortestLook {
            reader["sync"]?.fail("`sync` is too short", "write at least `100 ms`")
        }
        if let metrics = reader["metrics"] { common.pipeline = pipeline(metrics) }
        common.policies = (reader.named("policies", "policies by name") ?? []).compactMap {
            (name, field) in
            if ScalingPolicies.names.contains(name) {
                field.fail("`\(name)` is a built-in policy", "choose another name")
            }
            return policy(field, directory).map {
                check($0, every: common.syncPeriod, field)
                return PolicyDescription(name: name, kind: $0)
            }
        }
        if let field = reader["cluster"] {
            common.cluster = cluster(field)
            common.requests = provisioningRequests(field, directory)
            common.cluster?.provisioningRequests = common.requests.map(\.request)
        }
        if let vertical = reader["vpa"].flatMap(verticalControllers) { common.vertical = vertical }
        common.quotas = quotas(reader)
        common.signals = signals(reader, directory)
        if let calendar = reader["startsAt"].flatMap(StartReading.calendar) {
            common.calendar = calendar
        }
        if let controller = reader["controller"].flatMap(controller) {
            common.horizontal = controller
        }
        let all =
            common.policies
            + ScalingPolicies.builtIn.map {
                PolicyDescription(name: $0.name, kind: $0.kind)
            }
        if let policy = reader.valueOrDefault("policy") {
            let names = NameList(
                kind: "policy", place: "`scaling: { policies: ... }`", names: all.map(\.name))
            if let index = names.index(policy) { common.policy = all[index] }
        }
        return common
    }

    /// Autoscalers look no more often.
    static let shortestLook = SimulatedDuration.milliseconds(100)
    /// The most readings that a season of a forecast has.
    private static let mostReadings = 100_000.0

    /// A forecast keeps a number for each reading of a season.
    private func check(_ policy: PolicyKind, every sync: SimulatedDuration, _ field: Field) {
        let forecast: ForecastDescription? =
            switch policy {
            case .forecast(let description): description
            case .coordinated(let description): description.forecast
            default: nil
            }
        guard case .holtWinters(_, _, _, let period?)? = forecast?.method,
            period.seconds / sync.seconds > Self.mostReadings
        else { return }
        field.fail(
            "a season has more than 100,000 readings",
            "write a shorter `period`, or a longer `sync`")
    }

    /// `queue`, or `orders.queue`.
    private func signals(
        _ reader: ObjectReader, _ directory: ServiceDirectory
    ) -> [String: (kind: SignalKind, service: Int?)] {
        guard let field = reader["signals"], case .mapping(let entries) = field.node.content else {
            return [:]
        }
        var found: [String: (kind: SignalKind, service: Int?)] = [:]
        for entry in entries {
            let value = field.child(entry)
            guard let text = value.scalar(wanted: "a signal such as `queue` or `orders.queue`")
            else {
                continue
            }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard let last = parts.last, parts.count <= 2, let kind = SignalKind(name: String(last))
            else {
                value.fail(
                    "there is no signal `\(Quantity.shortened(text))`",
                    "the signals are " + SignalKind.allCases.map(\.name).joined(separator: ", "))
                continue
            }
            let service =
                parts.count == 2 ? directory.service(key: String(parts[0]), value) : nil
            if parts.count == 2, service == nil { continue }
            found[entry.key] = (kind, service?.index)
        }
        return found
    }

    private func controller(_ field: Field) -> HorizontalSettings? {
        guard let reader = ObjectReader(.controller, field) else { return nil }
        var settings = HorizontalSettings()
        settings.tolerance = reader.ratio("tolerance") ?? settings.tolerance
        settings.cpuInitializationPeriod =
            reader.duration("cpuInitialization") ?? settings.cpuInitializationPeriod
        settings.initialReadinessDelay =
            reader.duration("readinessDelay") ?? settings.initialReadinessDelay
        settings.downscaleStabilization =
            reader.duration("downscaleStabilisation") ?? settings.downscaleStabilization
        settings.scalesToZero = reader.boolean("scaleToZero") ?? false
        return settings
    }

    private func pipeline(_ field: Field) -> PipelineDescription {
        var pipeline = PipelineDescription()
        guard let reader = ObjectReader(.metricsPipeline, field) else { return pipeline }
        pipeline.scrapePeriod = reader.duration("scrape") ?? pipeline.scrapePeriod
        pipeline.window = max(reader.duration("window") ?? pipeline.window, pipeline.scrapePeriod)
        pipeline.delay = reader.duration("delay") ?? pipeline.delay
        pipeline.lossProbability = reader.probability("loss") ?? 0
        if pipeline.scrapePeriod < Self.shortestLook {
            field.fail("`scrape` is too short", "write at least `100 ms`")
        }
        return pipeline
    }
}
