import Kernel
package import Model

extension SequentialRun<PholdProcess> {
    /// A run of the whole benchmark that `configuration` belongs to; its seed is the one that counts.
    package init(_ configuration: PholdConfiguration, settings: RunSettings) {
        let layout = PholdLayout(configuration)
        self.init(
            programs: layout.processes.map {
                PholdProgram($0, checkpointInterval: settings.sampleInterval)
            },
            routing: layout.plan(for: layout.processes.indices.map { ServiceID($0) }).routing,
            seriesCounts: Array(repeating: 0, count: configuration.count), settings: settings)
    }
}
