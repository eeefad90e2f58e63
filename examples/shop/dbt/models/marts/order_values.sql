{{ config(materialized="ephemeral") }}

select orders.*, orders.quantity * products.price as value
from {{ ref("stg_orders") }} as orders
join {{ ref("products") }} as products using (product)
