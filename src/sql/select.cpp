#include "sql/select.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "sql/ast.hpp"
#include "sql/expression.hpp"
#include "sql/function.hpp"

namespace nexthopd::sql {

namespace {

constexpr std::size_t max_columns = 200;  // SQLite takes 2 000

struct Clause {
    std::string_view field;
    std::string_view text;
};

constexpr Clause refused_clauses[] = {
    {"distinctClause", "SELECT DISTINCT is not supported: write GROUP BY"},
    {"withClause", "WITH is not supported: run two queries"},
    {"valuesLists", "VALUES is not supported: write SELECT"},
    {"larg", "UNION, INTERSECT and EXCEPT are not supported: run two queries"},
    {"lockingClause", "FOR UPDATE is not supported: scripts only read"},
    {"intoClause", "SELECT INTO is not supported: scripts only read"},
    {"windowClause", "WINDOW is not supported: write GROUP BY"},
};

/// The name PostgreSQL gives to a column without AS; empty when the expression has none.
std::string column_name(Node node) {
    const auto fields = node.fields();
    const auto last = [](Node names) {
        return std::string(names.at(names.size() - 1).as("String")["sval"].text());
    };
    if (node.type() == "ColumnRef") return last(fields["fields"]);
    if (node.type() == "FuncCall") return last(fields["funcname"]);
    if (node.type() == "CoalesceExpr") return "coalesce";
    if (node.type() == "SQLValueFunction")
        return fields["op"].text() == "SVFOP_LOCALTIMESTAMP" ? "localtimestamp" : "current_timestamp";
    if (node.type() == "TypeCast") {
        auto name = column_name(fields["arg"]);
        return name.empty() ? last(fields["typeName"]["names"]) : name;
    }
    return {};
}

/// One element of the SELECT list, * expanded.
struct Output {
    std::string name;
    Node source;  // absent for a column of *
    std::size_t position;
    Value value = {};
};

class Select {
  public:
    Select(std::string_view sql, const LexedSql& lexed) : sql_(sql), lexed_(lexed), collected_(lexed) {}

    tl::expected<Statement, SqlError> run() {
        const auto tree = parse_postgres(sql_);
        if (!tree) return tl::unexpected(tree.error());
        const auto select = Node(&*tree).as("SelectStmt");
        Statement statement;
        if (select)
            write(select, statement);
        else
            refuse(0, "scripts only read: write one SELECT");
        if (collected_.error()) return tl::unexpected(*collected_.error());
        statement.parameters = collected_.parameters();
        for (std::size_t i = 0; i < lexed_.literals.size(); ++i)
            if (!is_bound(i)) statement.read.push_back(i);
        return statement;
    }

  private:
    void refuse(std::size_t position, std::string text) { collected_.refuse(position, std::move(text)); }

    bool is_bound(std::size_t literal) const {
        const auto& all = collected_.parameters();
        return std::any_of(all.begin(), all.end(), [&](const Parameter& parameter) {
            const auto* index = std::get_if<LiteralIndex>(&parameter);
            return index && index->index == literal;
        });
    }

    void write(Node select, Statement& statement) {
        for (const auto& clause : refused_clauses)
            if (select[clause.field.data()]) return refuse(0, std::string(clause.text));
        const auto table = table_name(select["fromClause"]);
        Expressions expressions(sql_, table, collected_);
        expressions.only(select, 0, "SELECT",
                         {"targetList", "fromClause", "whereClause", "groupClause", "havingClause",
                          "sortClause", "limitOffset", "limitCount", "limitOption", "op"});
        name_outputs(select["targetList"], expressions);
        const auto groups = group_by(select["groupClause"], expressions);
        for (auto& output : outputs_)
            output.value = evaluate(output, expressions);
        if (collected_.error()) return;

        std::string tail;
        if (const auto where = select["whereClause"]) {
            const auto condition = expressions.condition(where, "WHERE");
            if (condition.aggregate) refuse(*condition.aggregate, "WHERE takes no aggregate: write HAVING");
            tail += " WHERE " + condition.sql;
        }
        if (!groups.empty()) tail += fmt::format(" GROUP BY {}", fmt::join(groups, ", "));
        if (const auto having = select["havingClause"]) {
            if (groups.empty()) refuse(Expressions::position(having), "HAVING needs GROUP BY: write WHERE");
            checked_.push_back(expressions.condition(having, "HAVING"));
            tail += " HAVING " + checked_.back().sql;
        }
        tail += order_by(select["sortClause"], expressions);
        tail += limit(select);
        check_grouping(!groups.empty());

        std::vector<std::string> columns;
        for (const auto& output : outputs_) {
            const auto& value = output.value;
            columns.push_back(value.type == Type::boolean
                                  ? fmt::format("CASE WHEN {0} THEN 't' WHEN NOT {0} THEN 'f' END", value.sql)
                                  : value.sql);
            statement.columns.push_back(output.name);
        }
        statement.sql = fmt::format("SELECT {} FROM sendattempts{}", fmt::join(columns, ", "), tail);
    }

    std::string table_name(Node from) {
        const auto table = from.at(0).as("RangeVar");
        const auto name = table["relname"].text();
        const auto schema = table["schemaname"].text();
        const auto at = from.at(0).position().value_or(0);
        if (from.size() != 1 || !table || table["catalogname"] || !table["inh"].flag()) {
            refuse(at, "write FROM outqueue.sendattempts: one table, no join or subquery");
        } else if (name != "sendattempts" || (!schema.empty() && schema != "outqueue")) {
            refuse(at, fmt::format("there is no table {}{}{}: write outqueue.sendattempts",
                                   base::printable(schema, 60), schema.empty() ? "" : ".",
                                   base::printable(name, 60)));
        } else if (table["alias"]["colnames"]) {
            refuse(at, "an alias with column names is not supported: write AS in the SELECT list");
        }
        const auto alias = table["alias"]["aliasname"].text();
        return std::string(alias.empty() ? name : alias);
    }

    void name_outputs(Node targets, Expressions& expressions) {
        if (targets.size() == 0) refuse(0, "SELECT needs a column: write count(*) or *");
        for (std::size_t i = 0; i < targets.size() && !collected_.error(); ++i) {
            const auto target = targets.at(i).as("ResTarget");
            const auto source = target["val"];
            const auto at = Expressions::position(targets.at(i));
            if (expressions.is_star(source.as("ColumnRef")["fields"], at)) {
                for (const auto& column : attempt_columns())
                    outputs_.push_back({std::string(column.name), Node(), at});
            } else {
                auto name = target["name"] ? std::string(target["name"].text()) : column_name(source);
                outputs_.push_back({name.empty() ? "?column?" : std::move(name), source, at});
            }
            if (outputs_.size() > max_columns) refuse(at, fmt::format("more than {} columns", max_columns));
        }
    }

    Value evaluate(const Output& output, Expressions& expressions) {
        return output.source ? expressions.value(output.source)
                             : expressions.column(output.name, output.position);
    }

    /// With aggregates or GROUP BY, a column that is neither in one nor in the other has no one value:
    /// SQLite would take that of some row.
    void check_grouping(bool groups) {
        for (const auto& output : outputs_)
            checked_.push_back(output.value);
        for (const auto& value : checked_)
            groups = groups || value.aggregate;
        if (!groups) return;
        for (const auto& value : checked_)
            if (value.column)
                refuse(value.column->position,
                       fmt::format("{0} has many values in a group: write it in GROUP BY, or max({0})",
                                   value.column->name));
    }

    /// What `node` of ORDER BY or GROUP BY stands for when it is a number or a name of the SELECT list.
    const Output* output_for(Node node, bool columns_first) {
        const auto at = Expressions::position(node);
        if (const auto constant = node.as("A_Const")) {
            const auto number = integer_constant(constant, sql_);
            if (number && *number >= 1 && static_cast<std::size_t>(*number) <= outputs_.size())
                return &outputs_[static_cast<std::size_t>(*number) - 1];
            refuse(at, fmt::format("write the number of a column, 1 to {}, or its name", outputs_.size()));
            return nullptr;
        }
        const auto names = node.as("ColumnRef")["fields"];
        const auto name = names.at(0).as("String")["sval"].text();
        if (names.size() != 1 || (columns_first && find_column(name))) return nullptr;
        const Output* found = nullptr;
        for (const auto& output : outputs_) {
            if (output.name != name) continue;
            if (found)
                refuse(at,
                       fmt::format("two columns are called {}: name one with AS", base::printable(name, 60)));
            found = &output;
        }
        return found;
    }

    Value sort_key(Node node, bool columns_first, Expressions& expressions) {
        const auto* output = output_for(node, columns_first);
        auto value = output ? evaluate(*output, expressions) : expressions.value(node);
        // SQLite would read a number as the number of a column.
        if (value.constant) refuse(Expressions::position(node), "a constant orders nothing: leave it out");
        return value;
    }

    std::vector<std::string> group_by(Node clause, Expressions& expressions) {
        std::vector<std::string> groups;
        for (std::size_t i = 0; i < clause.size() && !collected_.error(); ++i) {
            const auto value = sort_key(clause.at(i), true, expressions);
            if (value.aggregate) refuse(Expressions::position(clause.at(i)), "GROUP BY takes no aggregate");
            groups.push_back(value.sql);
        }
        expressions.group_by(groups);
        return groups;
    }

    std::string order_by(Node clause, Expressions& expressions) {
        std::string text;
        for (std::size_t i = 0; i < clause.size() && !collected_.error(); ++i) {
            const auto sort = clause.at(i).as("SortBy");
            const auto at = Expressions::position(sort["node"]);
            expressions.only(sort, at, "ORDER BY", {"node", "sortby_dir", "sortby_nulls", "location"});
            checked_.push_back(sort_key(sort["node"], false, expressions));
            const auto& key = checked_.back().sql;
            const bool descending = sort["sortby_dir"].text() == "SORTBY_DESC";
            const auto nulls = sort["sortby_nulls"].text();
            const bool nulls_first =
                nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && descending);
            text +=
                fmt::format("{}{}{}", text.empty() ? " ORDER BY " : ", ", key, descending ? " DESC" : " ASC");
            // Every attempt has its time, and SQLite uses no index for nulls in PostgreSQL's place.
            if (key != "starttime") text += nulls_first ? " NULLS FIRST" : " NULLS LAST";
        }
        return text;
    }

    std::string limit(Node select) {
        const auto count = limit_number(select["limitCount"], "LIMIT");
        const auto offset = limit_number(select["limitOffset"], "OFFSET");
        if (select["limitOption"].text() == "LIMIT_OPTION_WITH_TIES")
            refuse(Expressions::position(select["limitCount"]), "WITH TIES is not supported: leave it out");
        if (count.empty() && offset.empty()) return {};
        return fmt::format(" LIMIT {}{}", count.empty() ? "-1" : count,
                           offset.empty() ? "" : " OFFSET " + offset);
    }

    std::string limit_number(Node node, std::string_view clause) {
        const auto constant = node.as("A_Const");
        if (!node || constant["isnull"].flag()) return {};
        const auto number = integer_constant(constant, sql_);
        // SQLite takes a negative LIMIT for none; PostgreSQL refuses it.
        if (!number || *number < 0)
            refuse(Expressions::position(node), fmt::format("{} takes a number from 0", clause));
        return std::to_string(number.value_or(0));
    }

    std::string_view sql_;
    const LexedSql& lexed_;
    Collected collected_;
    std::vector<Output> outputs_;
    std::vector<Value> checked_;  // of HAVING, ORDER BY and the SELECT list
};

}  // namespace

tl::expected<Statement, SqlError> compile_select(std::string_view sql, const LexedSql& lexed) {
    return Select(sql, lexed).run();
}

}  // namespace nexthopd::sql
