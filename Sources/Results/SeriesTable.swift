package import Kernel

// The texts of `series.csv` and `edges.csv`.

extension RunSeries {
    /// The text of `series.csv`: by interval, then by service.
    package var servicesCSV: String {
        var rows: [ServiceRow] = []
        var stream = makeStream()
        stream.add(batch, service: { rows.append($0) }, edge: { _ in })
        stream.finish(service: { rows.append($0) }, edge: { _ in })
        rows.sort { ($0.instant, $0.service) < ($1.instant, $1.service) }
        var text = CSVText.header(SeriesColumns.serviceNames, SeriesColumns.service)
        for row in rows {
            CSVText.append(
                row, row.instant, [serviceNames[row.service]], SeriesColumns.service, to: &text)
        }
        return text
    }

    /// The text of `edges.csv`: by interval, then by edge, users first.
    package var edgesCSV: String {
        var rows: [EdgeRow] = []
        var stream = makeStream()
        stream.add(batch, service: { _ in }, edge: { rows.append($0) })
        stream.finish(service: { _ in }, edge: { rows.append($0) })
        rows.sort { ($0.instant, $0.edge) < ($1.instant, $1.edge) }
        var text = CSVText.header(SeriesColumns.edgeNames, SeriesColumns.edge)
        for row in rows {
            let edge = edges[row.edge]
            CSVText.append(row, row.instant, [edge.from, edge.to], SeriesColumns.edge, to: &text)
        }
        return text
    }

    private func makeStream() -> SeriesStream {
        SeriesStream(
            services: serviceNames.count, edges: edges.map { ($0.process, $0.index) },
            interval: interval, end: end)
    }
}

/// Lines of CSV files: an instant, names, then the columns. Names of services and streams hold no comma.
package enum CSVText {
    package static func header<Row>(
        _ names: [ColumnDescription], _ columns: [Column<Row>]
    ) -> String {
        let all = [SeriesColumns.time] + names + columns.map(\.description)
        return all.map(\.name).joined(separator: ",") + "\n"
    }

    package static func append<Row>(
        _ row: Row, _ instant: SimulatedInstant, _ names: [String], _ columns: [Column<Row>],
        to text: inout String
    ) {
        text += exactSeconds(instant)
        for name in names {
            text += ","
            text += name
        }
        for column in columns { append(column.value(row), to: &text) }
        text += "\n"
    }

    /// Seconds without rounding.
    package static func instant(_ instant: SimulatedInstant) -> String { exactSeconds(instant) }

    /// Appends a comma and a value.
    package static func append(_ cell: Cell, to text: inout String) {
        text += ","
        switch cell {
        case .null: break
        case .integer(let value): text += String(value)
        case .real(let value): text += value.description
        case .text(let value): text += value
        }
    }
}
