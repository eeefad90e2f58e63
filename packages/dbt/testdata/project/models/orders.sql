select id, status, {{ euros("amount") }} as euros
from {{ ref("raw_orders") }}
